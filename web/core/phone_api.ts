// Every call a phone makes (docs/protocol.md section 5), one line for each line of the contract.
// The bearer token is kept here and nowhere in the views. Fails with ApiError or NetworkError of api.ts.
import { request, type ApiError, type Call, type Captcha, type CaptchaAnswer, type Person, type Send } from "./api.ts";
import type { BiometricProof } from "./platform.ts";

export type Kind = Person["kind"];

export interface Certificate {
  serial: string;
  not_after?: string;
  state?: "active" | "disabled" | "revoked";
  usable?: boolean;
  renewable?: boolean; // its key is on this phone and its end is near
}

export interface CertificateDetails extends Certificate {
  algorithm: string;
  subject: string;
  issuer: string;
  fingerprint: string; // SHA-256 of the DER, hex
  issued_at: string;
}

export interface Me {
  person: Person;
  certificates: Certificate[];
}

export interface Scan {
  ticket: string;
  certificate: string;
  browser: { family: string; os: string; address: string; place?: string; started_at: string };
  origin: string;
  expires_at: string;
  text: string;
  same_device?: boolean; // the code was on the screen of the phone that scanned it
}

export interface PcSession {
  id: string;
  browser: string;
  address: string;
  place: string;
  opened_at: string;
}

export interface Preferences {
  easy: boolean;
  contrast: boolean;
  language: "" | "zh" | "en";
}

export type TicketState = "scanned" | "confirmed" | "redeemed" | "denied" | "cancelled" | "expired" | "dead";

export interface Outcome {
  state: TicketState;
  session?: string | { id: string };
}

export type LoginForm = CaptchaAnswer & {
  device: string;
  kind: Kind;
  identity_number: string;
  password: string;
};

export interface CertificateForm {
  sms_code: string;
  algorithm: "sm2";
  public_key: string;
  proof: string;
  unlock_verifier: string;
  biometric: BiometricProof;
  // Another certificate of the person vouches for the new key: its serial and its signature.
  endorsed_by?: string;
  endorsement?: string;
  renews?: string;
}

export interface Consent {
  text: string;
  version: string;
}

export interface ConsentText extends Consent {
  title: string;
  words: string; // paragraphs, between newlines
}

// What a proofing takes, before anything is agreed to.
export interface ProofingConditions {
  available: boolean;
  provider: string;
  level: number;
  name_masked: string;
  number_masked: string;
  consents: ConsentText[];
}

export interface Proofing {
  id: string;
  provider: string;
  state: "open" | "passed" | "failed" | "expired";
  reason?: string;
  person: Person;
  expires_at: string;
}

// How many passphrases are left after a wrong one; undefined where the server did not say.
export function triesLeft(error: ApiError): number | undefined {
  const left = error.beside["tries_left"];
  return typeof left === "number" ? left : undefined;
}

const waitMs = 40_000;
const proofing = "/api/v1/phone/proofing";
const certificates = "/api/v1/phone/certificates";

function ticket(token: string): string {
  return `/api/v1/phone/tickets/${encodeURIComponent(token)}`;
}

export class PhoneApi {
  private readonly send: Send;
  private readonly easy: () => string;
  token: string | null = null;

  // `easy`: "?easy=1" for people who want longer limits.
  constructor(send: Send, easy: () => string = () => "") {
    this.send = send;
    this.easy = easy;
  }

  context = () => this.call<{ demo?: boolean }>({ method: "GET", path: "/api/v1/context" });
  captcha = (device: string) => this.post<Captcha>(`/api/v1/phone/captcha${this.easy()}`, { device });
  login = (form: LoginForm) => this.post<{ token: string; person: Person; expires_at: string }>(`/api/v1/phone/login${this.easy()}`, form);
  logout = () => this.post<null>("/api/v1/phone/logout", {});
  me = () => this.call<Me>({ method: "GET", path: "/api/v1/phone/me" });

  scan = (token: string, certificate?: string) =>
    this.post<Scan>(`${ticket(token)}/scan`, certificate === undefined ? {} : { certificate });
  confirm = (token: string, certificate: string, signature: string) =>
    this.post<{ code?: string } | null>(`${ticket(token)}/confirm`, { certificate, signature });
  deny = (token: string) => this.post<null>(`${ticket(token)}/deny`, {});
  outcome = (token: string, waitS: number) =>
    this.call<Outcome>({ method: "GET", path: `${ticket(token)}?wait=${waitS}`, timeout_ms: waitMs });

  sessions = () => this.call<{ sessions: PcSession[] }>({ method: "GET", path: "/api/v1/phone/sessions" });
  undo = (session: string) => this.post<null>(`/api/v1/phone/sessions/${encodeURIComponent(session)}/undo`, {});

  preferences = () => this.call<Preferences & { chosen: boolean }>({ method: "GET", path: "/api/v1/phone/preferences" });
  setPreferences = (body: Preferences) => this.call<null>({ method: "PUT", path: "/api/v1/phone/preferences", body });

  startPhoneNumber = (phone: string) => this.post<{ expires_in: number }>("/api/v1/phone/phone-number/start", { phone });
  finishPhoneNumber = (phone: string, new_code: string) =>
    this.post<{ phone: string; phone_shared: boolean }>("/api/v1/phone/phone-number/finish", { phone, new_code });

  proofingConditions = () => this.call<ProofingConditions>({ method: "GET", path: proofing });
  startProofing = (consents: Consent[]) =>
    this.post<{ id: string; provider: string; url: string; expires_at: string }>(proofing, { consents });
  proofing = (id: string) => this.call<Proofing>({ method: "GET", path: `${proofing}/${encodeURIComponent(id)}` });

  startCertificate = () => this.post<{ challenge: string; phone_masked?: string }>(`${certificates}/start${this.easy()}`, {});
  makeCertificate = (form: CertificateForm) =>
    this.post<{ serial: string; certificate_pem: string; not_after: string }>(certificates, form);
  certificates = () => this.call<{ certificates: Certificate[] }>({ method: "GET", path: certificates });
  certificate = (serial: string) =>
    this.call<CertificateDetails>({ method: "GET", path: `${certificates}/${encodeURIComponent(serial)}` });
  revoke = (serial: string) => this.call<null>({ method: "DELETE", path: `${certificates}/${encodeURIComponent(serial)}` });
  unlock = (serial: string, verifier: string) =>
    this.post<{ secret: string }>(`${certificates}/${encodeURIComponent(serial)}/unlock`, { verifier });

  private post<T>(path: string, body: object): Promise<T> {
    return this.call<T>({ method: "POST", path, body });
  }

  private call<T>(call: Call): Promise<T> {
    return request<T>(this.send, this.token === null ? call : { ...call, token: this.token });
  }
}
