// The phone's own fingerprint (or face) check as a browser offers it: WebAuthn with the platform's authenticator, the
// person verified. The credential it makes is thrown away: what counts is that somebody was recognised just now.
import { fromBase64Url, toBase64Url } from "../core/octets.ts";
import type { Biometric, BiometricProof } from "../core/platform.ts";

const waitMs = 120_000;
const es256 = -7;
const rs256 = -257;

async function available(): Promise<boolean> {
  if (typeof PublicKeyCredential === "undefined") return false;
  return PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
}

function plain(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(octets);
}

async function prove(challenge: string): Promise<BiometricProof> {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: plain(fromBase64Url(challenge)),
      rp: { name: location.host },
      user: { id: crypto.getRandomValues(new Uint8Array(16)), name: document.title, displayName: document.title },
      pubKeyCredParams: [es256, rs256].map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { authenticatorAttachment: "platform", userVerification: "required", residentKey: "discouraged" },
      attestation: "none",
      timeout: waitMs,
    },
  });
  if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) {
    throw new Error("no credential was made");
  }
  const { clientDataJSON, attestationObject } = made.response;
  const text = (octets: ArrayBuffer) => toBase64Url(new Uint8Array(octets));
  return { kind: "webauthn", client_data: text(clientDataJSON), attestation: text(attestationObject) };
}

export const fingerprint: Biometric = { kind: "webauthn", available, prove };
