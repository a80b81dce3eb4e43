// Names as people type them on the registration form. The server checks again.
import type { Kind } from "./identity.ts";

// For codes.
export function tidyDigits(typed: string): string {
  return typed
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, "");
}

export function isName(kind: Kind, name: string): boolean {
  const length = Array.from(name).length;
  if (/[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/.test(name)) return false;
  return length >= 2 && length <= (kind === "personal" ? 30 : 100) && /[^\s0-9]/.test(name);
}
