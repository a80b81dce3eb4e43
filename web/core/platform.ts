// What the phone's core needs from outside: randomness, the network, a place to keep things.
// The H5 page and the mini-program each give one; nothing else in core/ reaches outside.
import type { Send } from "./api.ts";

// Readable by whoever holds the phone: only sealed keys and revocable tokens belong in it.
export interface Store {
  get(name: string): string | null;
  set(name: string, value: string): void; // throws where nothing can be kept
  remove(name: string): void;
}

// What the phone proved about the person in front of it, as the server takes it (docs/protocol.md section 5).
export interface BiometricProof {
  kind: string;
  [name: string]: unknown;
}

// The phone's own fingerprint or face check. `prove` rejects where the person was not recognised or stopped it.
export interface Biometric {
  kind: "webauthn" | "soter";
  available(): Promise<boolean>;
  prove(challenge: string): Promise<BiometricProof>;
}

export interface Platform {
  biometric?: Biometric;
  random(octets: number): Promise<Uint8Array>;
  send: Send;
  store: Store;
}
