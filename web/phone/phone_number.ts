// Another phone number for who no longer has the old one: only on the phone on which a proofing passed within 24 h; the
// server knows. Loaded when it is opened.
import { ApiError } from "../core/api.ts";
import { el, fill } from "../shell/dom.ts";
import type { App } from "./app.ts";
import { field, Form, type Problem } from "./form.ts";

export function showPhoneNumber(app: App, place: HTMLElement): void {
  const t = app.texts.home.number;
  const heading = el("h2", { tabindex: "-1" }, t.title);

  function askNumber(): void {
    const number = field({ id: "new_phone", label: t.number, attributes: { type: "tel", autocomplete: "off" } });
    const submit = el("button", { class: "button full primary" }, t.send);
    const form = new Form(t.summary, [number], submit, async () => {
      const phone = number.input.value.trim();
      if (form.show(phone ? [] : [{ field: number, text: t.number_missing }])) return;
      try {
        await app.phone.api.startPhoneNumber(phone);
        askCode(phone);
      } catch (error) {
        const wrong = error instanceof ApiError ? error.fields["phone"] : undefined;
        if (!app.lost(error)) form.show([wrong ? { field: number, text: wrong } : problem(error)]);
      }
    });
    form.root.append(number.root, submit);
    place.replaceChildren(heading, el("p", { class: "hint" }, t.lead), form.root);
    heading.focus();
  }

  function askCode(phone: string): void {
    const code = field({ id: "new_code", label: fill(t.code, { phone }), attributes: { inputmode: "numeric", maxlength: "6", autocomplete: "one-time-code" } });
    const submit = el("button", { class: "button full primary" }, t.finish);
    const form = new Form(t.summary, [code], submit, async () => {
      const typed = code.input.value.trim();
      if (form.show(/^\d{6}$/.test(typed) ? [] : [{ field: code, text: t.code_missing }])) return;
      try {
        const now = await app.phone.api.finishPhoneNumber(phone, typed);
        const done = fill(t.done, { phone: now.phone }) + (now.phone_shared ? t.done_shared : "");
        place.replaceChildren(heading, el("div", { class: "banner" }, el("p", {}, done)));
        app.say(done);
        heading.focus();
      } catch (error) {
        if (!app.lost(error)) form.show([problem(error)]);
      }
    });
    form.root.append(code.root, submit);
    place.replaceChildren(heading, form.root);
    code.input.focus();
  }

  function problem(error: unknown): Problem {
    return { text: error instanceof ApiError && error.code === "proofing_needed" ? t.proofing_needed : app.words(error) };
  }

  askNumber();
}
