// The level with what each way of logging in still needs, and the certificates.
import type { Person } from "../core/api.ts";
import { byId, el, fill } from "../shell/dom.ts";
import type { Method } from "./account_view.ts";

export interface Certificate {
  serial: string;
  state: "active" | "disabled" | "revoked";
  usable: boolean;
  issued_at: string;
  not_after: string;
}

export interface Account {
  person: Person;
  number_masked: string;
  level: number;
  level_name: string;
  since: string;
  ends_at?: string;
  evidence: string;
  phone: string;
  phone_shared: boolean;
  methods: Record<Method, { available: boolean; missing: { code: string; message: string }[] }>;
  certificates: Certificate[];
}

export interface LevelTexts {
  level: string;
  since: string;
  until: string;
  evidence: string;
  evidences: Record<string, string>;
  available: string;
  phone_shared: string;
  raise: string;
  raise_steps: string[];
  no_certificates: string;
  certificate: string; // {serial}
  issued: string; // {from} {to}
  states: Record<Certificate["state"] | "over", string>;
  remove: string;
  remove_label: string;
  remove_sure: string;
  remove_yes: string;
  remove_no: string;
}

const highest = 3;
const day = (time: string): string => time.slice(0, 10);

export function drawLevel(account: Account, texts: LevelTexts, methods: Record<Method, string>): void {
  const facts: [string, string][] = [
    [texts.level, account.level_name],
    [texts.since, day(account.since)],
    [texts.evidence, texts.evidences[account.evidence] ?? account.evidence],
  ];
  if (account.ends_at) facts.push([texts.until, day(account.ends_at)]);
  const ways = (Object.keys(account.methods) as Method[]).map((name) => {
    const { available, missing } = account.methods[name];
    const shared = name === "sms" && account.phone_shared;
    const words = shared ? texts.phone_shared : available ? texts.available : missing.map(({ message }) => message).join(" ");
    return el("li", {}, el("strong", {}, `${methods[name]}：`), words);
  });
  byId("level").replaceChildren(
    el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("ul", { class: "plain" }, ...ways),
    ...(account.level < highest ? [el("h3", {}, texts.raise), el("ol", {}, ...texts.raise_steps.map((step) => el("li", {}, step)))] : []),
  );
}

export function drawCertificates(all: Certificate[], texts: LevelTexts, remove: (one: Certificate) => void): void {
  const shown = all.filter(({ state }) => state !== "revoked");
  if (shown.length === 0) return byId("certificates").replaceChildren(el("p", {}, texts.no_certificates));
  byId("certificates").replaceChildren(el("ul", { class: "rows" }, ...shown.map((one) => drawOne(one, texts, remove))));
}

function drawOne(one: Certificate, texts: LevelTexts, remove: (one: Certificate) => void): Node {
  const state = one.state === "active" && !one.usable ? "over" : one.state;
  const ask = el("button", { type: "button", class: "button", "aria-label": fill(texts.remove_label, { serial: one.serial.slice(-6) }) }, texts.remove);
  const no = el("button", { type: "button", class: "button" }, texts.remove_no);
  const yes = el("button", { type: "button", class: "button danger" }, texts.remove_yes);
  const sure = el("div", {}, el("p", { role: "alert" }, texts.remove_sure), el("div", { class: "row" }, no, yes));
  sure.hidden = true;
  const set = (asked: boolean): void => {
    sure.hidden = !asked;
    ask.hidden = asked;
    (asked ? no : ask).focus();
  };
  ask.addEventListener("click", () => set(true));
  no.addEventListener("click", () => set(false));
  yes.addEventListener("click", () => remove(one));
  return el("li", {},
    el("p", {}, el("strong", {}, `${fill(texts.certificate, { serial: one.serial.slice(-6) })} · ${texts.states[state]}`)),
    el("p", { class: "note" }, fill(texts.issued, { from: day(one.issued_at), to: day(one.not_after) })),
    ask, sure,
  );
}
