// A new password: the old one, the new one with the rules beside it. The server's words stand at their fields.
import { ApiError } from "../core/api.ts";
import { isPolicy, rulesOf, shortest, unmetRules, type Policy, type Rule } from "../core/password_rules.ts";
import { Form, secretField, type Problem } from "../phone/form.ts";
import type { ShowTexts } from "../phone/texts.ts";
import { byId, el, fill } from "../shell/dom.ts";
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
  rule: Record<Rule, string>;
  met: string;
  unmet: string;
  left: string; // {rules}
  all_met: string;
}

const unknown = { number: "", phone: "" }; // the page does not have them: that rule is the server's to tell

export function startPasswordChange(
  texts: PasswordTexts, failures: FailureTexts, say: (text: string) => void, over: () => void, changed: () => Promise<void>,
): void {
  const was = secretField({ id: "old_password", label: texts.old, attributes: { autocomplete: "current-password" } }, texts);
  const next = secretField({ id: "new_password", label: texts.new, hint: " ", attributes: { autocomplete: "new-password" } }, texts);
  const rules = el("ul", { class: "rules" });
  const heard = el("p", { class: "sr", role: "status" });
  next.root.append(rules, heard);
  let policy: Policy | undefined; // until the context is there, the server alone decides
  const submit = el("button", { class: "button primary" }, texts.change);
  const form = new Form(texts.summary, [was, next], submit, change);
  form.root.append(was.root, next.root, submit);
  byId("password-form").replaceChildren(form.root);
  next.input.addEventListener("input", tick);
  void call<{ password_policy: string; password_rules?: string }>("GET", "/api/v1/context")
    .then(({ password_policy, password_rules }) => {
      byId("new_password-hint").textContent = password_policy;
      if (isPolicy(password_rules)) policy = password_rules;
      tick();
    })
    .catch(() => undefined); // the server's refusal names the rule too

  // Each rule with a tick once it is met; what is still missing is also said, but only when that changes.
  function tick(): void {
    if (!policy) return;
    const shown = rulesOf(policy).filter((rule) => rule !== "own");
    const missing = next.input.value === "" ? shown : unmetRules(policy, next.input.value, unknown);
    const words = (rule: Rule): string => fill(texts.rule[rule], { n: policy ? shortest(policy) : 0 });
    rules.replaceChildren(...shown.map((rule) => {
      const met = !missing.includes(rule);
      return el("li", { "data-rule": rule, "data-met": String(met) }, el("span", { class: "sr" }, met ? texts.met : texts.unmet), words(rule));
    }));
    const said = missing.length > 0 ? fill(texts.left, { rules: missing.map(words).join("；") }) : texts.all_met;
    if (next.input.value === "") heard.textContent = "";
    else if (heard.textContent !== said) heard.textContent = said;
  }

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
      tick();
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
