// SM2-with-SM3 over sm-crypto. Keys and signature nonces come from the platform's randomness, never from the
// library's own generator (an RC4 stream over 32 octets). Signatures are strict DER with the identity below.
import jsbn from "jsbn";
import sm2 from "sm-crypto/src/sm2/index.js";
import { fromHex, toHex } from "./octets.ts";
import type { Platform } from "./platform.ts";

const identity = "1234567812345678";
// 320 bits reduced modulo a 256-bit order: the bias is below 2^-64.
const entropyOctets = 40;

export interface KeyPair {
  privateKey: Uint8Array; // 32 octets
  publicKey: Uint8Array; // 65 octets, 04‖X‖Y
}

export class SigningError extends Error {
  override name = "SigningError";
}

type Randomness = Pick<Platform, "random">;

async function freshPair(platform: Randomness): Promise<{ privateKey: string; publicKey: string }> {
  const entropy = await platform.random(entropyOctets);
  if (entropy.length !== entropyOctets || entropy.every((octet) => octet === entropy[0])) {
    throw new SigningError("the platform gave no usable randomness");
  }
  const pair = sm2.generateKeyPairHex(toHex(entropy), 16);
  entropy.fill(0);
  return pair;
}

export async function makeKeyPair(platform: Randomness): Promise<KeyPair> {
  const pair = await freshPair(platform);
  return { privateKey: fromHex(pair.privateKey), publicKey: fromHex(pair.publicKey) };
}

export async function sign(platform: Randomness, keys: KeyPair, message: Uint8Array): Promise<Uint8Array> {
  const nonce = await freshPair(platform);
  const point = {
    ...nonce,
    k: new jsbn.BigInteger(nonce.privateKey, 16),
    x1: new jsbn.BigInteger(nonce.publicKey.slice(2, 66), 16),
  };
  const publicKey = toHex(keys.publicKey);
  const signature = sm2.doSignature(message, toHex(keys.privateKey), {
    der: true,
    hash: true,
    userId: identity,
    publicKey: publicKey,
    pointPool: [point],
  });
  // A fault while computing would leak the key through the signature: look before it leaves.
  if (!sm2.doVerifySignature(message, signature, publicKey, { der: true, hash: true, userId: identity })) {
    throw new SigningError("the signature does not verify");
  }
  return fromHex(signature);
}

export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return fromHex(sm2.getPublicKeyFromPrivateKey(toHex(privateKey)));
}

export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return sm2.doVerifySignature(message, toHex(signature), toHex(publicKey), {
    der: true,
    hash: true,
    userId: identity,
  });
}
