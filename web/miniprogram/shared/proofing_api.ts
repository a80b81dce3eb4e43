// The two calls of a proofing (docs/protocol.md section 5). The phone only opens the provider's flow; what came of it
// is the server's word.
import { request, type Send } from "../../core/api.ts";

export interface Consent {
  text: string; // which text was agreed to
  version: string;
}

export interface Proofing {
  id: string;
  provider: string;
  url: string;
}

export type ProofingState = "open" | "passed" | "failed" | "expired";

const path = "/api/v1/phone/proofing";

export class ProofingApi {
  private readonly send: Send;
  private readonly token: () => string | null;

  constructor(send: Send, token: () => string | null) {
    this.send = send;
    this.token = token;
  }

  start(consents: Consent[]): Promise<Proofing> {
    return request(this.send, { method: "POST", path, body: { consents }, token: this.token() ?? "" });
  }

  state(id: string): Promise<{ state: ProofingState }> {
    return request(this.send, { method: "GET", path: `${path}/${encodeURIComponent(id)}`, token: this.token() ?? "" });
  }
}

// What the person has agreed to on the way, by name and version: the server keeps both with the time.
const version = "2026-11";

export function consents(): Consent[] {
  return ["biometric_statement", "terms_of_service", "privacy_policy", "information_rules"].map((text) => ({ text, version }));
}
