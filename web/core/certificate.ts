// Making a certificate, and signing with it. The plain private key exists only inside these functions.
import { sha256 } from "@noble/hashes/sha2.js";
import { ApiError } from "./api.ts";
import type { DeviceStore, SealedKey } from "./device_store.ts";
import { fromBase64Url, toBase64Url, utf8 } from "./octets.ts";
import { openKey, saltOctets, sealKey, stretch, verifierOf } from "./passphrase.ts";
import type { PhoneApi } from "./phone_api.ts";
import type { BiometricProof, Platform } from "./platform.ts";
import { makeKeyPair, sign } from "./sm2.ts";

// The certificate was issued but its key could not be kept here. `revoked` says whether it is gone again.
export class CertificateUnfinished extends Error {
  override name = "CertificateUnfinished";
  readonly revoked: boolean;
  constructor(revoked: boolean, cause: unknown) {
    super("the certificate has no key on this phone", { cause });
    this.revoked = revoked;
  }
}

export interface Phone {
  platform: Platform;
  api: PhoneApi;
  store: DeviceStore;
}

export interface CertificateWish {
  person: string;
  challenge: string;
  smsCode: string;
  passphrase: string;
  // What was proved, or how: with the challenge that names the new key (biometricChallenge).
  biometric: BiometricProof | ((challenge: string) => Promise<BiometricProof>);
  // The old key of this phone, which opens with the same passphrase and vouches for the new one.
  renews?: SealedKey;
}

// docs/protocol.md section 5: what a WebAuthn authenticator signs, so that a finger vouches for one key only.
export function biometricChallenge(challenge: string, publicKey: string): string {
  return toBase64Url(sha256(utf8(`qrgate-biometric-v1\n${challenge}\n${publicKey}\n`)));
}

async function endorse(phone: Phone, wish: CertificateWish, publicKey: string) {
  const { renews, passphrase, challenge } = wish;
  if (!renews) return {};
  const text = `qrgate-endorsement-v1\n${challenge}\n${publicKey}\n`;
  const endorsement = await signText(phone, renews, passphrase, text);
  return { endorsed_by: renews.serial, endorsement, renews: renews.serial };
}

export async function makeCertificate(phone: Phone, wish: CertificateWish): Promise<SealedKey> {
  const keys = await makeKeyPair(phone.platform);
  const publicKey = toBase64Url(keys.publicKey);
  let stretched: Uint8Array = new Uint8Array();
  try {
    // Before anything slow: browsers ask for a finger only just after a press.
    const { biometric } = wish;
    const proved = typeof biometric === "function" ? await biometric(biometricChallenge(wish.challenge, publicKey)) : biometric;
    const salt = await phone.platform.random(saltOctets);
    stretched = await stretch(wish.passphrase, salt);
    const endorsement = await endorse(phone, wish, publicKey);
    const proof = await sign(phone.platform, keys, utf8(`qrgate-certificate-v1\n${wish.challenge}\n`));
    const verifier = toBase64Url(verifierOf(stretched));
    const { serial } = await phone.api.makeCertificate({
      sms_code: wish.smsCode,
      algorithm: "sm2",
      public_key: publicKey,
      proof: toBase64Url(proof),
      unlock_verifier: verifier,
      biometric: proved,
      ...endorsement,
    });
    try {
      const secret = fromBase64Url((await phone.api.unlock(serial, verifier)).secret);
      const sealed = await sealKey(phone.platform, stretched, secret, serial, keys.privateKey);
      const key: SealedKey = {
        version: 1,
        person: wish.person,
        serial,
        publicKey,
        salt: toBase64Url(salt),
        sealed: toBase64Url(sealed),
      };
      phone.store.addKey(key);
      if (wish.renews) phone.store.removeKey(wish.renews.serial);
      return key;
    } catch (cause) {
      throw new CertificateUnfinished(await takeBack(phone, wish.person, serial), cause);
    }
  } finally {
    keys.privateKey.fill(0);
    stretched.fill(0);
  }
}

async function takeBack(phone: Phone, person: string, serial: string): Promise<boolean> {
  try {
    await phone.api.revoke(serial);
    return true;
  } catch {
    try {
      phone.store.setUnfinished(person, [...phone.store.unfinished(person), serial]);
    } catch {
      // A store that keeps nothing keeps no reminder either; the list of certificates still shows it.
    }
    return false;
  }
}

// Revokes what an interrupted makeCertificate left at the server. Never fails: it is tried again next time.
export async function finishTakingBack(phone: Phone, person: string): Promise<void> {
  const left: string[] = [];
  const serials = phone.store.unfinished(person);
  for (const serial of serials) {
    await phone.api.revoke(serial).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) left.push(serial);
    });
  }
  if (serials.length !== left.length) phone.store.setUnfinished(person, left);
}

// base64url of the DER signature over the text. Fails with ApiError passphrase_wrong, or KeyDamaged.
export async function signText(phone: Phone, key: SealedKey, passphrase: string, text: string): Promise<string> {
  const stretched = await stretch(passphrase, fromBase64Url(key.salt));
  const answer = await phone.api.unlock(key.serial, toBase64Url(verifierOf(stretched)));
  const privateKey = openKey(stretched, fromBase64Url(answer.secret), key.serial, fromBase64Url(key.sealed));
  try {
    const keys = { privateKey, publicKey: fromBase64Url(key.publicKey) };
    return toBase64Url(await sign(phone.platform, keys, utf8(text)));
  } finally {
    privateKey.fill(0);
    stretched.fill(0);
  }
}
