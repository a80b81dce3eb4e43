// A statement over the page: a real <dialog>, read from its heading; Escape is the answer that agrees to nothing, and
// the focus goes back to where it came from.
import type { ConsentText } from "../core/phone_api.ts";
import { el } from "../shell/dom.ts";
import { button } from "./form.ts";

export interface Answers {
  yes?: { text: string; press: () => void };
  no: { text: string; press: () => void };
}

export function openStatement(statement: ConsentText, answers: Answers): void {
  const opener = document.activeElement;
  const heading = el("h2", { id: "statement-title", tabindex: "-1" }, statement.title);
  const words = statement.words.split("\n").map((paragraph) => el("p", {}, paragraph));
  const choices = el("div", { class: "pair" });
  const dialog = el("dialog", { "aria-labelledby": "statement-title", class: "card" }, heading, ...words, choices);

  const close = (press: () => void): void => {
    // Browsers before <dialog> show it in the page and know no close().
    if (typeof dialog.close === "function") dialog.close();
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    press();
  };
  choices.append(button(answers.no.text, "full", () => close(answers.no.press)));
  const { yes } = answers;
  if (yes) choices.append(button(yes.text, "full primary", () => close(yes.press)));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close(answers.no.press);
  });
  document.body.append(dialog);
  if (typeof dialog.showModal === "function") dialog.showModal();
  else dialog.setAttribute("open", "");
  heading.focus();
}
