// Which passphrases are too easy. Digits only, as the manual's numeric field; the server never sees one, so these
// rules are checked here and nowhere else.

const shortest = 6;
const longest = 32;
const longestRun = 4;
const fewestDigits = 3;

export type PassphraseFault = "empty" | "not_digits" | "too_short" | "too_long" | "run" | "birth_date";

// 8 digits YYYYMMDD of a citizen number; companies have none.
export function birthDateOf(kind: "personal" | "corporate", identity_number: string): string {
  return kind === "personal" && /^[0-9]{17}[0-9X]$/.test(identity_number) ? identity_number.slice(6, 14) : "";
}

// 1234, 4321, 8901 (past nine to nought) and 1111 are runs; one longer than `longestRun` is too easy.
function hasRun(digits: string): boolean {
  let length = 1;
  let step = -1;
  for (let i = 1; i < digits.length; i++) {
    const now = (Number(digits[i]) - Number(digits[i - 1]) + 10) % 10;
    const runs = now === 0 || now === 1 || now === 9;
    if (!runs) length = 1;
    else length = now === step ? length + 1 : 2;
    step = now;
    if (length > longestRun) return true;
  }
  return false;
}

function repeatsItself(digits: string): boolean {
  for (let size = 1; size <= digits.length / 2; size++) {
    if (digits.length % size === 0 && digits === digits.slice(0, size).repeat(digits.length / size)) return true;
  }
  return false;
}

function namesBirthDate(digits: string, birthDate: string): boolean {
  if (birthDate.length !== 8) return false;
  const [year, month, day] = [birthDate.slice(0, 4), birthDate.slice(4, 6), birthDate.slice(6)];
  const short = year.slice(2);
  const ways = [year + month + day, short + month + day, day + month + year, day + month + short];
  ways.push(month + day + year, month + day + short, year + month, year + Number(month) + Number(day));
  return ways.some((way) => way.length >= 6 && digits.includes(way));
}

export type PassphraseRule = "length" | "simple" | "birth_date";

// Which rules what is typed keeps, for showing while it is typed. All three: passphraseFault finds nothing.
export function passphraseRules(passphrase: string, birthDate: string): Record<PassphraseRule, boolean> {
  const long = /^[0-9]*$/.test(passphrase) && passphrase.length >= shortest && passphrase.length <= longest;
  const fault = passphraseFault(passphrase, birthDate);
  return { length: long, simple: long && fault !== "run", birth_date: long && fault !== "birth_date" };
}

// The first rule that is broken, or null.
export function passphraseFault(passphrase: string, birthDate: string): PassphraseFault | null {
  if (passphrase === "") return "empty";
  if (!/^[0-9]*$/.test(passphrase)) return "not_digits";
  if (passphrase.length < shortest) return "too_short";
  if (passphrase.length > longest) return "too_long";
  if (namesBirthDate(passphrase, birthDate)) return "birth_date";
  if (hasRun(passphrase) || repeatsItself(passphrase)) return "run";
  return new Set(passphrase).size < fewestDigits ? "run" : null;
}
