// What people type by accident, and what to tell them. Numbers are put right (identity.ts, phone_number.ts); a password is
// never rewritten: what is odd about it is named, character by character, with what to do about it.

export type TypingFault =
  | { fault: "wide"; found: string; plain: string } // ！ where ! was meant
  | { fault: "chinese"; found: string } // 。 “ ￥ and the like: no half-width twin
  | { fault: "han"; found: string }
  | { fault: "space" }
  | { fault: "invisible" }
  | { fault: "special"; found: string }; // plain, but not among those that are allowed

const specials = "!@#$%^&*";

export function toHalfWidth(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, " ");
}

// The first character of a password that an English keyboard would not have typed; null where all are plain.
export function passwordTyping(typed: string): TypingFault | null {
  for (const found of typed) {
    if (/[\uff01-\uff5e]/.test(found)) return { fault: "wide", found, plain: toHalfWidth(found) };
    if (/[\s\u3000]/.test(found)) return { fault: "space" };
    if (/[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u0000-\u001f\u007f]/.test(found)) return { fault: "invisible" };
    if (/[\u2010-\u2027\u3001-\u303f\uff5f-\uff65\uffe0-\uffe6\u00b7]/.test(found)) return { fault: "chinese", found };
    if (/[^\u0000-\u007f]/.test(found)) return { fault: "han", found };
  }
  return null;
}

// The same for a new password under the manual's rules, where also - . / and other plain signs are refused.
export function newPasswordTyping(typed: string): TypingFault | null {
  const strange = passwordTyping(typed);
  if (strange) return strange;
  const found = Array.from(typed).find((c) => !/[0-9A-Za-z]/.test(c) && !specials.includes(c));
  return found === undefined ? null : { fault: "special", found };
}

// A password of these days has a special character. One without was perhaps typed without Shift: nobody can see which
// of its digits was meant as a sign, so this only decides whether to remind.
export function mayHaveMissedShift(typed: string): boolean {
  return /[0-9]/.test(typed) && !/[^0-9A-Za-z]/.test(typed);
}
