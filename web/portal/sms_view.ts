// The SMS tab's form, built once. Ids begin with "sms-"; sms_tab.ts gives it life.
import { el } from "../shell/dom.ts";
import type { SmsTexts } from "./sms_texts.ts";

export function drawSmsPanel(panel: HTMLElement, texts: SmsTexts): void {
  const radio = (value: "personal" | "corporate"): HTMLElement => {
    const button = el("input", { type: "radio", name: "sms-kind", id: `sms-${value}`, value });
    button.checked = value === "personal";
    return el("label", {}, button, ` ${texts.kinds[value]}`);
  };
  const problem = (id: string): HTMLElement => el("p", { class: "problem", id: `${id}-problem` });
  const field = (id: string, label: string, ...inside: HTMLElement[]): HTMLElement =>
    el("div", { class: "field" }, el("label", { for: id }, label), ...inside, problem(id));

  const phone = el("input", {
    type: "tel",
    id: "sms-phone",
    inputmode: "tel",
    autocomplete: "tel",
    placeholder: texts.phone_hint,
    "aria-describedby": "sms-phone-problem",
  });
  const captcha = el("input", {
    type: "text",
    id: "sms-captcha",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    placeholder: texts.captcha_hint,
    "aria-describedby": "sms-captcha-note sms-captcha-problem",
  });
  const picture = el("button", { type: "button", class: "picture", id: "sms-captcha-picture", tabindex: "-1", hidden: "" });
  const again = el("button", { type: "button", class: "button", id: "sms-captcha-again", hidden: "" }, texts.captcha_again);
  const code = el("input", {
    type: "text",
    id: "sms-code",
    inputmode: "numeric",
    autocomplete: "one-time-code",
    placeholder: texts.code_hint,
    "aria-describedby": "sms-sent sms-code-problem",
  });
  const send = el("button", { type: "button", class: "button", id: "sms-send" }, texts.send);

  const checks = texts.checks.map((text, i) => el("li", i === 0 ? { id: "sms-check-phone" } : {}, i === 0 ? texts.check_phone : text));
  const nothing = el("div", { class: "banner", id: "sms-nothing", hidden: "" }, el("h2", {}, texts.nothing_came), el("ol", {}, ...checks));
  const rules = el(
    "details",
    { class: "sms-rules", open: "" },
    el("summary", {}, texts.rules_title),
    el("ul", {}, ...texts.rules.map((text) => el("li", {}, text))),
  );
  const summary = el(
    "div",
    { id: "sms-problem", class: "summary", role: "group", "aria-labelledby": "sms-problem-title", tabindex: "-1", hidden: "" },
    el("h2", { id: "sms-problem-title" }, texts.problem_title),
    el("ul", { id: "sms-problem-list" }),
  );
  const form = el(
    "form",
    { id: "sms-form", novalidate: "" },
    summary,
    el("fieldset", { class: "field kinds" }, el("legend", {}, texts.kind), radio("personal"), radio("corporate")),
    field("sms-phone", texts.phone, phone),
    field(
      "sms-captcha",
      texts.captcha,
      el("div", { class: "row" }, captcha, picture, again),
      el("p", { class: "hint", id: "sms-captcha-note" }, texts.captcha_note),
      el("input", { type: "hidden", id: "sms-captcha_id" }),
    ),
    field("sms-code", texts.code, el("div", { class: "row" }, code, send), el("p", { class: "hint", id: "sms-sent" })),
    el("button", { type: "submit", class: "button primary full", id: "sms-log-in" }, texts.log_in),
    el("p", { class: "sr", id: "sms-status", role: "status" }),
    nothing,
    rules,
  );
  panel.replaceChildren(form);
}
