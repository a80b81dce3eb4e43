// What is made of the certificate's passphrase (its rules: passphrase_rules.ts). It never leaves the phone.
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

export class KeyDamaged extends Error {
  override name = "KeyDamaged";
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
