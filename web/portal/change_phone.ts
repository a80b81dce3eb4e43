// Another phone number: first the number, then the codes that went to the old one and to the new one.
import { ApiError } from "../core/api.ts";
import { field, Form, type Field } from "../phone/form.ts";
import { byId, el, fill } from "../shell/dom.ts";
import { call, isLoggedOut, words, type FailureTexts } from "./account_call.ts";
import type { Account } from "./account_level.ts";

export interface PhoneTexts {
  now: string; // {phone}
  none: string;
  shared: string;
  number: string;
  send: string;
  sent: string; // {phone}
  old_code: string; // {phone}
  new_code: string; // {phone}
  finish: string;
  other: string;
  summary: string;
  number_missing: string;
  code_missing: string;
  done: string; // {phone}
  done_shared: string;
  without: string;
  without_steps: string[];
}

const code = { inputmode: "numeric", maxlength: "6", autocomplete: "one-time-code" };

export function drawPhone(account: Account, texts: PhoneTexts): void {
  const lines = [el("p", {}, account.phone ? fill(texts.now, { phone: account.phone }) : texts.none)];
  if (account.phone_shared) lines.push(el("p", { class: "banner warn" }, texts.shared));
  byId("phone-now").replaceChildren(...lines);
  byId("phone-form").hidden = account.phone === "";
}

export function startPhoneChange(
  texts: PhoneTexts, failures: FailureTexts, say: (text: string) => void, over: () => void, changed: () => Promise<void>,
): void {
  const place = byId("phone-form");
  const help = el("details", {}, el("summary", {}, texts.without), el("ol", {}, ...texts.without_steps.map((step) => el("li", {}, step))));
  byId("phone-help").replaceChildren(help);

  function askNumber(): void {
    const number = field({ id: "new_phone", label: texts.number, attributes: { type: "tel", autocomplete: "off" } });
    const submit = el("button", { class: "button primary" }, texts.send);
    const form = new Form(texts.summary, [number], submit, send);
    form.root.append(number.root, submit);
    place.replaceChildren(form.root);

    async function send(): Promise<void> {
      const phone = number.input.value.trim();
      if (form.show(phone ? [] : [{ field: number, text: texts.number_missing }])) return;
      try {
        const { old_phone } = await call<{ old_phone: string }>("POST", "/api/v1/phone-number/start", { phone });
        askCodes(phone, old_phone);
      } catch (error) {
        if (isLoggedOut(error)) return over();
        const wrong = error instanceof ApiError ? error.fields["phone"] : undefined;
        form.show([wrong ? { field: number, text: wrong } : { text: words(error, failures) }]);
      }
    }
  }

  function askCodes(phone: string, old_phone: string): void {
    const was = field({ id: "old_code", label: fill(texts.old_code, { phone: old_phone }), attributes: code });
    const next = field({ id: "new_code", label: fill(texts.new_code, { phone }), attributes: code });
    const submit = el("button", { class: "button primary" }, texts.finish);
    const other = el("button", { type: "button", class: "button" }, texts.other);
    const form = new Form(texts.summary, [was, next], submit, finish);
    const sent = fill(texts.sent, { phone });
    form.root.append(el("p", {}, sent), was.root, next.root, el("div", { class: "row" }, submit, other));
    other.addEventListener("click", () => {
      askNumber();
      byId("new_phone").focus();
    });
    place.replaceChildren(form.root);
    say(sent);
    was.input.focus();

    async function finish(): Promise<void> {
      const missing = [was, next].filter(({ input }) => !/^\d{6}$/.test(input.value.trim()));
      if (form.show(missing.map((one: Field) => ({ field: one, text: texts.code_missing })))) return;
      const body = { phone, old_code: was.input.value.trim(), new_code: next.input.value.trim() };
      try {
        const now = await call<{ phone: string; phone_shared: boolean }>("POST", "/api/v1/phone-number/finish", body);
        askNumber();
        await changed();
        const done = fill(texts.done, { phone: now.phone }) + (now.phone_shared ? ` ${texts.done_shared}` : "");
        say(done);
        byId("phone-done").textContent = done;
        byId("phone-title").focus();
      } catch (error) {
        if (isLoggedOut(error)) return over();
        form.show([{ text: words(error, failures) }]);
      }
    }
  }

  askNumber();
}
