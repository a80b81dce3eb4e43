// The calls of a proofing (docs/protocol.md section 5). The phone only opens the provider's flow; what came of it
// is the server's word.
import { request, type Send } from "../../core/api.ts";

export interface Consent {
  text: string; // which text was agreed to
  version: string;
}

export interface ConsentText extends Consent {
  title: string;
  words: string; // paragraphs, between newlines
}

// What it takes, before anything is agreed to.
export interface Conditions {
  available: boolean;
  name_masked: string;
  number_masked: string;
  consents: ConsentText[];
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

  conditions(): Promise<Conditions> {
    return request(this.send, { method: "GET", path, token: this.token() ?? "" });
  }

  start(consents: Consent[]): Promise<Proofing> {
    return request(this.send, { method: "POST", path, body: { consents }, token: this.token() ?? "" });
  }

  state(id: string): Promise<{ state: ProofingState }> {
    return request(this.send, { method: "GET", path: `${path}/${encodeURIComponent(id)}`, token: this.token() ?? "" });
  }
}
