// A new password: the old one, the new one with the rules beside it. The server's words stand at their fields.
import { ApiError } from "../core/api.ts";
import { Form, secretField, type Problem, type ShowTexts } from "../phone/form.ts";
import { byId, el } from "../shell/dom.ts";
import { call, isLoggedOut, words, type FailureTexts } from "./account_call.ts";

export interface PasswordTexts extends ShowTexts {
  old: string;
  new: string;
  change: string;
  summary: string;
  old_missing: string;
  new_missing: string;
  old_wrong: string;
  done: string;
}

export function startPasswordChange(
  texts: PasswordTexts, failures: FailureTexts, say: (text: string) => void, over: () => void, changed: () => Promise<void>,
): void {
  const was = secretField({ id: "old_password", label: texts.old, attributes: { autocomplete: "current-password" } }, texts);
  const next = secretField({ id: "new_password", label: texts.new, hint: " ", attributes: { autocomplete: "new-password" } }, texts);
  const submit = el("button", { class: "button primary" }, texts.change);
  const form = new Form(texts.summary, [was, next], submit, change);
  form.root.append(was.root, next.root, submit);
  byId("password-form").replaceChildren(form.root);
  void call<{ password_policy: string }>("GET", "/api/v1/context")
    .then(({ password_policy }) => (byId("new_password-hint").textContent = password_policy))
    .catch(() => undefined); // the server's refusal names the rule too

  async function change(): Promise<void> {
    was.hide();
    next.hide();
    const missing: Problem[] = [];
    if (was.input.value === "") missing.push({ field: was, text: texts.old_missing });
    if (next.input.value === "") missing.push({ field: next, text: texts.new_missing });
    if (form.show(missing)) return;
    try {
      await call("POST", "/api/v1/password", { old_password: was.input.value, new_password: next.input.value });
      was.input.value = next.input.value = "";
      say(texts.done);
      byId("password-done").textContent = texts.done;
      byId("password-title").focus();
      await changed();
    } catch (error) {
      if (isLoggedOut(error)) return over();
      byId("password-done").textContent = "";
      form.show(problems(error));
    }
  }

  function problems(error: unknown): Problem[] {
    if (error instanceof ApiError && error.code === "credentials_wrong") return [{ field: was, text: texts.old_wrong }];
    const weak = error instanceof ApiError ? error.fields["new_password"] : undefined;
    return [weak ? { field: next, text: weak } : { text: words(error, failures) }];
  }
}
