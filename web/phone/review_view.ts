// What is being confirmed: shown from the text that is signed, refused as easily as confirmed. The focus starts on
// refusing, and confirming opens after three seconds, so that nobody confirms by a reflex.
import { confirmTicket } from "../core/open_ticket.ts";
import type { Scan } from "../core/phone_api.ts";
import type { LoginText } from "../core/signed_text.ts";
import { el, fill } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import { startCountdown } from "./countdown.ts";
import { Form, secretField } from "./form.ts";
import { watchTicket } from "./watch_ticket.ts";

const guardS = 3;

export function reviewView(app: App): Shown {
  const { view } = app.flow;
  if (view.at !== "review") throw new Error("not in review");
  const { scan, login } = view;
  const t = app.texts.review;
  const facts = drawFacts(app, scan, login);
  const warning = el("p", { class: "banner warn", id: "warning" }, t.warning);
  const passphrase = secretField(
    { id: "passphrase", label: t.passphrase, attributes: { inputmode: "numeric", autocomplete: "off" } },
    app.texts.secret,
  );
  const deny = el("button", { type: "button", class: "button danger full", "aria-describedby": "warning facts" }, t.deny);
  const confirm = el("button", { type: "submit", class: "button primary full" }, t.confirm);
  const form = new Form(app.texts.problem_title, [passphrase], confirm, run);
  const guard = el("p", { class: "hint", id: "guard" });
  confirm.setAttribute("aria-describedby", "guard");
  form.root.append(passphrase.root, el("div", { class: "pair" }, deny, confirm), guard);

  let left = guardS;
  let working = false;
  const stopGuard = startCountdown(guardS, (seconds) => {
    left = seconds;
    guard.textContent = seconds > 0 ? fill(t.guard_left, { n: seconds }) : t.guard_over;
    if (seconds === 0) {
      confirm.removeAttribute("aria-disabled");
      app.say(t.guard_over);
    }
  });
  confirm.setAttribute("aria-disabled", "true");
  confirm.addEventListener("click", () => {
    if (left > 0) app.say(fill(t.guard_left, { n: left }));
  });

  async function run(): Promise<void> {
    passphrase.hide();
    const typed = passphrase.input.value;
    if (working || form.show(typed === "" ? [{ field: passphrase, text: t.passphrase_missing }] : [])) return;
    working = true;
    guard.textContent = t.busy;
    app.say(t.busy);
    try {
      await signAndConfirm(app, scan, login, typed);
    } catch (error) {
      working = false;
      if (app.lost(error)) return;
      app.say("");
      guard.textContent = t.guard_over;
      const wrong = (error as { code?: string }).code === "passphrase_wrong";
      if (wrong) passphrase.input.value = "";
      form.show([{ field: wrong ? passphrase : undefined, text: app.words(error) }]);
    }
  }

  deny.addEventListener("click", () => {
    if (working) return;
    working = true;
    app.say(t.denying);
    void app.phone.api.deny(scan.ticket).then(
      () => app.send({ type: "became", state: "denied" }),
      (error) => {
        working = false;
        if (!app.lost(error)) form.show([{ text: app.words(error) }]);
      },
    );
  });

  const stopWatch = watchTicket(app, scan.ticket);
  const leave = () => {
    stopGuard();
    stopWatch();
  };
  queueMicrotask(() => app.say(t.guard));
  return { title: t.title, body: [warning, facts, form.root], focus: deny, leave };
}

async function signAndConfirm(app: App, scan: Scan, login: LoginText, passphrase: string): Promise<void> {
  const key = app.phone.store.keys(login.person).find(({ serial }) => serial === login.certificate);
  if (!key) throw Object.assign(new Error("no key"), { name: "KeyDamaged" });
  const { signText } = await import("../core/certificate.ts");
  const signature = await signText(app.phone, key, passphrase, scan.text);
  app.send(await confirmTicket(app.phone, scan, login, signature));
}

function drawFacts(app: App, scan: Scan, login: LoginText): HTMLElement {
  const { rows, unknown, place_note, same_device } = app.texts.review;
  const shown = (value: string) => (value === "unknown" ? unknown : value);
  const facts: [string, string][] = [
    [rows.origin, login.origin.replace(/^https?:\/\//, "")],
    [rows.browser, shown(login.family)],
    [rows.os, shown(login.os)],
    [rows.place, scan.browser.place ? scan.browser.place + place_note : unknown],
    [rows.address, login.address],
    [rows.started, localTime(login.started)],
    [rows.expires, localTime(login.expires)],
  ];
  if (scan.same_device) facts.unshift([rows.device, same_device]);
  return el("dl", { class: "facts", id: "facts" }, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function localTime(moment: string): string {
  const format: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "medium" };
  return new Intl.DateTimeFormat(document.documentElement.lang, format).format(new Date(moment));
}
