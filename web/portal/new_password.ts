// A new password while it is typed: the policy in words before the first letter, its rules ticked one by one, and
// characters that are not allowed called by their names. The password itself is never rewritten.
import { request } from "../core/api.ts";
import { foreignCharacters, isPolicy, rulesOf, shortest, unmetRules, type OwnData, type Policy, type Rule } from "../core/password_rules.ts";
import { byId, el, fill } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import type { CodeTexts } from "./code_texts.ts";

export interface NewPassword {
  // What is wrong, in words; empty when the rules are met.
  problem(): string;
  tick(): void;
}

export function startNewPassword(texts: CodeTexts, own: () => OwnData): NewPassword {
  const password = byId<HTMLInputElement>("password");
  let policy: Policy | undefined; // until the context is there, the server alone decides
  let said = "";

  const words = (rule: Rule): string => fill(texts.rule[rule], { n: policy ? shortest(policy) : 0 });
  const unmet = (): Rule[] => (policy ? unmetRules(policy, password.value, own()) : []);

  function say(text: string): void {
    if (text !== said) byId("rules-status").textContent = said = text;
  }

  function tick(): void {
    if (!policy) return;
    const missing = unmet();
    const open = password.value === "" ? rulesOf(policy) : missing;
    byId("rules").replaceChildren(
      ...rulesOf(policy).map((rule) => {
        const met = !open.includes(rule);
        return el("li", { "data-rule": rule, "data-met": String(met) }, el("span", { class: "sr" }, met ? texts.met : texts.unmet), words(rule));
      }),
    );
    const foreign = policy === "manual" ? foreignCharacters(password.value).map((c) => (/\s/.test(c) ? texts.blank : `“${c}”`)) : [];
    const hint = foreign.length > 0 ? fill(texts.foreign, { found: foreign.join(" ") }) : "";
    if (byId("password-foreign").textContent !== hint) byId("password-foreign").textContent = hint;
    if (password.value === "") return say("");
    say(missing.length > 0 ? fill(texts.left, { rules: missing.map(words).join("；") }) : texts.all_met);
  }

  async function load(): Promise<void> {
    const context = await request<{ password_policy: string; password_rules: string }>(fetchSend, { method: "GET", path: "/api/v1/context" });
    byId("policy").textContent = context.password_policy;
    if (isPolicy(context.password_rules)) policy = context.password_rules;
    tick();
  }

  password.addEventListener("input", tick);
  load().catch(() => {}); // without them the server says what is wrong
  return {
    tick,
    problem: () => {
      const missing = password.value === "" && policy ? rulesOf(policy) : unmet();
      return missing.length > 0 ? fill(texts.not_yet, { rules: missing.map(words).join("；") }) : "";
    },
  };
}
