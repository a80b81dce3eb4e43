// Identity numbers as people type them: put right what is certain, say exactly what is wrong with the rest.
// personal: citizen number (GB 11643, ISO 7064 MOD 11-2) · corporate: social credit code (GB 32100, MOD 31).
// The server checks again; this only spares people a round trip.

export type Kind = "personal" | "corporate";

export type NumberFault =
  | { fault: "missing" }
  | { fault: "length"; have: number }
  | { fault: "character"; at: number; found: string } // `at` counts from 1
  | { fault: "date" }
  | { fault: "check" };

// Full-width to half-width, everything blank or invisible out, letters to upper case.
export function tidyNumber(typed: string): string {
  return typed
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, "")
    .toUpperCase();
}

// The first thing wrong with a tidy number; null when it may be right.
export function checkNumber(kind: Kind, number: string): NumberFault | null {
  if (number === "") return { fault: "missing" };
  const characters = Array.from(number);
  const allowed = kind === "personal" ? citizenCharacter : creditCharacter;
  const wrong = characters.findIndex((c, i) => i < 18 && !allowed(c, i));
  if (wrong >= 0) return { fault: "character", at: wrong + 1, found: characters[wrong] ?? "" };
  if (characters.length !== 18) return { fault: "length", have: characters.length };
  if (kind === "personal" && !isDate(number.slice(6, 14))) return { fault: "date" };
  const right = kind === "personal" ? citizenCheck(number) : creditCheck(number);
  return number[17] === right ? null : { fault: "check" };
}

function citizenCharacter(c: string, i: number): boolean {
  return /^[0-9]$/.test(c) || (i === 17 && c === "X");
}

const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

function creditCharacter(c: string, i: number): boolean {
  return i >= 2 && i < 8 ? /^[0-9]$/.test(c) : creditAlphabet.includes(c);
}

function isDate(digits: string): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number) as [number, number, number];
  if (year < 1900 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function citizenCheck(number: string): string | undefined {
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += Number(number[i]) * (2 ** (17 - i) % 11);
  return "10X98765432"[sum % 11];
}

function creditCheck(number: string): string | undefined {
  let sum = 0;
  let weight = 1;
  for (let i = 0; i < 17; i++) {
    sum += creditAlphabet.indexOf(number[i] ?? "") * weight;
    weight = (weight * 3) % 31;
  }
  return creditAlphabet[(31 - (sum % 31)) % 31];
}
