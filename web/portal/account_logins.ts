// The login history: newest first, ten at a time, with "this was not me" on everything that still lives.
import { byId, el, fill } from "../shell/dom.ts";
import { shortTime, type Method } from "./account_view.ts";

export interface Login {
  id?: string;
  kind?: "browser" | "phone";
  method: Method;
  at: string;
  address: string;
  browser: string;
  place: string;
  outcome: string;
  live: boolean;
  current: boolean;
  end_reason?: string;
}

export interface LoginsTexts {
  line: string; // {time} {method}
  on_phone: string;
  this_one: string;
  live: string;
  over: string;
  reasons: Record<string, string>;
  refused: string; // {why}
  refusals: Record<string, string>;
  refused_other: string;
  not_me: string;
  not_me_label: string; // {time} {browser}
  undone: string;
  to_password: string;
  more: string;
  unknown_browser: string;
  from: string;
}

const at_once = 10;

export function drawLogins(logins: Login[], texts: LoginsTexts, methods: Record<Method, string>, undo: (login: Login) => void): void {
  const list = el("ul", { class: "rows" });
  const more = el("button", { type: "button", class: "button" }, texts.more);
  let shown = 0;
  function show(): void {
    const next = logins.slice(shown, shown + at_once).map((login) => drawOne(login, texts, methods, undo));
    list.append(...next);
    if (shown > 0) next[0]?.focus();
    shown += next.length;
    more.hidden = shown >= logins.length;
  }
  more.addEventListener("click", show);
  show();
  byId("logins").replaceChildren(list, more);
}

function outcome(login: Login, texts: LoginsTexts): string {
  if (login.outcome !== "ok") return fill(texts.refused, { why: texts.refusals[login.outcome] ?? texts.refused_other });
  if (login.current) return texts.this_one;
  if (login.live) return texts.live;
  return texts.reasons[login.end_reason ?? ""] ?? texts.over;
}

function drawOne(login: Login, texts: LoginsTexts, methods: Record<Method, string>, undo: (login: Login) => void): HTMLElement {
  const time = shortTime(login.at);
  const browser = login.browser || (login.id ? texts.unknown_browser : "");
  const device = login.kind === "phone" ? `${texts.on_phone} · ${browser}` : browser;
  const where = login.place ? fill(texts.from, { place: login.place, address: login.address }) : login.address;
  const item = el("li", { tabindex: "-1" },
    el("p", {}, el("strong", {}, fill(texts.line, { time, method: methods[login.method] }))),
    el("p", { class: "note" }, [device, where].filter(Boolean).join(" · ")),
    el("p", login.outcome === "ok" ? {} : { class: "refused" }, outcome(login, texts)),
  );
  if (!login.live || login.current) return item;
  const button = el("button", { type: "button", class: "button danger", "aria-label": fill(texts.not_me_label, { time, browser }) }, texts.not_me);
  button.addEventListener("click", () => undo(login));
  item.append(button);
  return item;
}

// After "this was not me": what was done, and the way to a new password.
export function sayUndone(texts: LoginsTexts): void {
  const go = el("button", { type: "button", class: "button primary" }, texts.to_password);
  go.addEventListener("click", () => byId("old_password").focus());
  const place = byId("undone");
  place.replaceChildren(el("p", {}, texts.undone), go);
  go.focus();
}
