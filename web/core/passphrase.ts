// The certificate's passphrase: its rules, and what is made of it. It never leaves the phone.
// The private key is sealed under HKDF(KDF(passphrase, salt) ‖ secret); the server gives the secret only for
// the verifier and counts wrong ones, so a copied phone cannot be searched although passphrases are short.
import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { joined, utf8 } from "./octets.ts";
import type { Platform } from "./platform.ts";

// About 1 s on a phone without a JIT; the server's counter, not this number, stops a search.
const rounds = 10_000;
export const saltOctets = 16;
const nonceOctets = 12;
const shortest = 6;
const longest = 32;
const longestRun = 4;
const fewestDigits = 3;

export type PassphraseFault = "empty" | "not_digits" | "too_short" | "too_long" | "run" | "birth_date";

export class KeyDamaged extends Error {
  override name = "KeyDamaged";
}

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

export function stretch(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  return pbkdf2Async(sha256, utf8(passphrase), salt, { c: rounds, dkLen: 32 });
}

export function verifierOf(stretched: Uint8Array): Uint8Array {
  return hmac(sha256, stretched, utf8("unlock"));
}

function sealingKey(stretched: Uint8Array, secret: Uint8Array): Uint8Array {
  return hkdf(sha256, joined(stretched, secret), undefined, utf8("qrgate-key-v1"), 32);
}

// nonce ‖ ciphertext ‖ tag; bound to the certificate by its serial.
export async function sealKey(
  platform: Pick<Platform, "random">,
  stretched: Uint8Array,
  secret: Uint8Array,
  serial: string,
  privateKey: Uint8Array,
): Promise<Uint8Array> {
  const nonce = await platform.random(nonceOctets);
  return joined(nonce, gcm(sealingKey(stretched, secret), nonce, utf8(serial)).encrypt(privateKey));
}

export function openKey(
  stretched: Uint8Array,
  secret: Uint8Array,
  serial: string,
  sealed: Uint8Array,
): Uint8Array {
  try {
    const nonce = sealed.slice(0, nonceOctets);
    return gcm(sealingKey(stretched, secret), nonce, utf8(serial)).decrypt(sealed.slice(nonceOctets));
  } catch {
    throw new KeyDamaged("the stored key does not open");
  }
}
