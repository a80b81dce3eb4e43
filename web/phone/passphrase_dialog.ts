// “请输入数字密码”: the passphrase once more, so that nobody finds out at the first login that it was mistyped.
import { el } from "../shell/dom.ts";
import type { App } from "./app.ts";
import { button, secretField } from "./form.ts";

// Resolves when the same digits were typed again; rejects with Stopped when the person goes back.
export class Stopped extends Error {
  override name = "Stopped";
}

export function askAgain(app: App, wanted: string): Promise<void> {
  const t = app.texts.certificate;
  const typed = secretField({ id: "passphrase_again", label: t.again, attributes: { inputmode: "numeric", autocomplete: "off" } }, app.texts.secret);
  const form = el("form", {}, typed.root);
  const dialog = el("dialog", { "aria-labelledby": "again-title" }, el("h2", { id: "again-title" }, t.dialog), form);
  form.noValidate = true;

  return new Promise((resolve, reject) => {
    const stop = button(t.stop, "full", () => dialog.close());
    const done = el("button", { type: "submit", class: "button primary full" }, t.done);
    form.append(el("div", { class: "pair" }, stop, done));
    let same = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      same = typed.input.value === wanted;
      if (same) {
        dialog.close();
        return;
      }
      typed.problem.textContent = t.differ;
      typed.input.setAttribute("aria-invalid", "true");
      typed.input.value = "";
      typed.input.focus();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (same) resolve();
      else reject(new Stopped("the passphrase was not entered again"));
    });
    document.body.append(dialog);
    dialog.showModal();
    typed.input.focus();
  });
}
