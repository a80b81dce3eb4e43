// The rules a new password must meet, one by one, for ticking while it is typed. The server's are the same
// (protocol/password_policy, protocol/own_data; the cases in tests/protocol/password_cases.json hold both to it),
// and it alone knows the list of common ones.

export type Policy = "manual" | "nist" | "djcp";
export type Rule = "length" | "letter" | "digit" | "special" | "allowed" | "classes" | "own";

export interface OwnData {
  number: string;
  phone: string; // empty: not known
}

const rules: Record<Policy, Rule[]> = {
  manual: ["length", "letter", "digit", "special", "allowed", "own"],
  nist: ["length", "own"],
  djcp: ["length", "classes", "own"],
};
const most = 256;

export function rulesOf(policy: Policy): Rule[] {
  return rules[policy];
}

export function isPolicy(name: unknown): name is Policy {
  return typeof name === "string" && Object.hasOwn(rules, name);
}

export function shortest(policy: Policy): number {
  return policy === "nist" ? 15 : 8;
}

// What `manual` does not allow, each once, in the order it was typed.
export function foreignCharacters(password: string): string[] {
  return [...new Set(Array.from(password).filter((c) => !/^[A-Za-z0-9!@#$%^&*]$/.test(c)))];
}

export function unmetRules(policy: Policy, password: string, own: OwnData): Rule[] {
  return rules[policy].filter((rule) => !isMet(rule, policy, password, own));
}

function isMet(rule: Rule, policy: Policy, password: string, own: OwnData): boolean {
  switch (rule) {
    case "length": {
      const length = Array.from(password).length;
      return length >= shortest(policy) && length <= most;
    }
    case "letter":
      return /[A-Za-z]/.test(password);
    case "digit":
      return /[0-9]/.test(password);
    case "special":
      return /[!@#$%^&*]/.test(password);
    case "allowed":
      return password !== "" && foreignCharacters(password).length === 0;
    case "classes":
      return [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length >= 3;
    case "own":
      return password !== "" && !holdsOwnData(password, own);
  }
}

function holdsOwnData(password: string, { number, phone }: OwnData): boolean {
  const typed = password.toLowerCase();
  const birth = /^[0-9]{17}[0-9X]$/.test(number) ? number.slice(6, 14) : "";
  return [number, birth, phone].some((word) => word !== "" && typed.includes(word.toLowerCase()));
}
