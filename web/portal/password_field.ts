// Show and hide in words, and two hints while typing. Returns what puts the field back to hidden before it is sent.
import { byId, fill } from "../shell/dom.ts";
import { passwordTyping } from "../core/typing.ts";
import type { LoginTexts } from "./login_texts.ts";

// Pages whose texts name no single characters say only that there are some.
type FieldTexts = Pick<LoginTexts, "show" | "hide" | "password_shown" | "password_hidden" | "caps" | "wide"> & Partial<Pick<LoginTexts, "typing">>;

export function startPasswordField(texts: FieldTexts, say: (text: string) => void): () => void {
  const password = byId<HTMLInputElement>("password");
  const button = byId("show-password");

  function setShown(shown: boolean): void {
    password.type = shown ? "text" : "password";
    const [text, label] = shown ? texts.hide : texts.show;
    button.textContent = text;
    button.setAttribute("aria-label", label);
  }

  password.autocapitalize = "none"; // for when it is shown
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = password.type === "password";
    setShown(shown);
    say(shown ? texts.password_shown : texts.password_hidden);
  });
  for (const name of ["keydown", "keyup"] as const) {
    password.addEventListener(name, (event) => hint("password-caps", event.getModifierState?.("CapsLock") ? texts.caps : ""));
  }
  password.addEventListener("blur", () => hint("password-caps", ""));
  const look = (): void => {
    const typing = passwordTyping(password.value);
    hint("password-width", typing ? fill(texts.typing?.[typing.fault] ?? texts.wide, { ...typing }) : "");
  };
  // An input method composes only where the password is shown. What it holds is not typed yet.
  password.addEventListener("compositionstart", () => hint("password-width", texts.wide));
  password.addEventListener("compositionend", look);
  password.addEventListener("input", (event) => (event as InputEvent).isComposing || look());
  return () => setShown(false);
}

// Only on change: the hint is a live region.
function hint(id: string, text: string): void {
  const place = byId(id);
  if (place.textContent !== text) place.textContent = text;
}
