// The code that the phone shows and the PC asks for (`needs_code`).
import type { Event, State } from "../core/wait_state.ts";
import { el } from "../shell/dom.ts";
import type { QrTexts } from "./login_texts.ts";

export function codeForm(state: State, texts: QrTexts, tell: (event: Event) => void): Node {
  const input = el("input", { type: "text", id: "qr-code", inputmode: "numeric", autocomplete: "one-time-code", "aria-describedby": "qr-code-problem" });
  const wrong = el("p", { class: "problem", id: "qr-code-problem" }, state.problem);
  if (state.problem) input.setAttribute("aria-invalid", "true");
  const form = el("form", { class: "field" },
    el("label", { for: "qr-code" }, texts.code_label), el("div", { class: "row" }, input, el("button", { class: "button primary" }, texts.code_send)), wrong,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = input.value.replace(/\s/g, "");
    if (code === "") wrong.textContent = texts.code_missing;
    else tell({ type: "code_typed", code });
  });
  return form;
}
