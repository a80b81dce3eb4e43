// Where the phone is and where an event takes it. Pure: the page performs what the view asks for and reports back.
//
//   login ──► home ◄──► certificates ◄──► certificate
//    │          │
//    └─► opening ◄── scan           (opening: the code was read, the server is asked)
//           │
//         review ──► outcome ──► home
//
//   login (below level 3) ──► raise ──► proofing (identity → verify → declare) ──► the provider ──► checking ──► home
import type { Person } from "./api.ts";
import type { Scan, TicketState } from "./phone_api.ts";
import type { LoginText } from "./signed_text.ts";

export interface Notice {
  tone: "info" | "problem";
  text: string;
}

// A login code on its way to the server: the token of a QR code, or the 8 characters typed.
export interface Wanted {
  code: string;
  typed: boolean;
}

// `undone`: ended from here after it had succeeded. `asking`: the answer to a confirm was lost.
export type Became = TicketState | "undone" | "asking";

// The manual's pages of raising the level: 本人身份信息, 用户身份认证, 本人操作声明.
export type ProofingStep = "identity" | "verify" | "declare";

export const levelForScanning = 3;

export type View =
  | { at: "login" | "home" | "certificates" | "certificate" | "scan"; notice?: Notice; renews?: string }
  | { at: "raise" }
  | { at: "proofing"; step: ProofingStep; notice?: Notice }
  | { at: "checking"; proofing: string }
  | { at: "opening" }
  | { at: "review"; scan: Scan; login: LoginText }
  | { at: "outcome"; ticket: string; became: Became; code?: string; session?: string };

export interface Flow {
  view: View;
  person: Person | null;
  wanted: Wanted | null;
}

export type Event =
  | { type: "logged_in"; person: Person; fresh?: boolean } // fresh: typed in just now
  | { type: "logged_out" }
  | { type: "login_lost"; notice: Notice }
  | { type: "go"; to: "home" | "certificates" | "certificate" | "scan"; notice?: Notice; renews?: string }
  | { type: "raise" }
  | { type: "proofing"; step: ProofingStep; notice?: Notice }
  | { type: "checking"; proofing: string } // back from the provider, or on the way to it
  | { type: "level_changed"; person: Person }
  | { type: "code_read"; wanted: Wanted }
  | { type: "certificate_made"; notice: Notice }
  | { type: "certificate_needed"; notice: Notice }
  | { type: "scan_refused"; notice: Notice; to: "home" | "scan" }
  | { type: "scanned"; scan: Scan; login: LoginText }
  | { type: "confirmed"; code?: string }
  | { type: "answer_lost" }
  | { type: "became"; state: TicketState; session?: string }
  | { type: "undone" };

const final: readonly Became[] = ["redeemed", "denied", "cancelled", "expired", "dead", "undone"];

export function isFinal(became: Became): boolean {
  return final.includes(became);
}

export function begin(person: Person | null, wanted: Wanted | null): Flow {
  const flow: Flow = { view: { at: "login" }, person: null, wanted };
  return person === null ? flow : next(flow, { type: "logged_in", person });
}

function showing(at: "login" | "home" | "certificates" | "certificate" | "scan", notice?: Notice, renews?: string): View {
  return { at, ...(notice && { notice }), ...(renews !== undefined && { renews }) };
}

export function next(flow: Flow, event: Event): Flow {
  if (event.type === "logged_out") return begin(null, null);
  if (event.type === "login_lost") return { ...flow, person: null, view: showing("login", event.notice) };
  if (event.type === "logged_in") {
    const low = event.fresh === true && event.person.level < levelForScanning;
    return { ...flow, person: event.person, view: flow.wanted ? { at: "opening" } : { at: low ? "raise" : "home" } };
  }
  if (flow.person === null) {
    return event.type === "code_read" ? { ...flow, wanted: event.wanted } : flow;
  }
  switch (event.type) {
    case "go":
      return { ...flow, wanted: event.to.startsWith("certificate") ? flow.wanted : null, view: showing(event.to, event.notice, event.renews) };
    case "raise":
      return { ...flow, wanted: null, view: { at: "raise" } };
    case "proofing":
      return { ...flow, wanted: null, view: { at: "proofing", step: event.step, ...(event.notice && { notice: event.notice }) } };
    case "checking":
      return { ...flow, wanted: null, view: { at: "checking", proofing: event.proofing } };
    case "level_changed":
      // The view stays: it says what became of it.
      return flow.person.id === event.person.id ? { ...flow, person: event.person } : flow;
    case "code_read":
      return flow.view.at === "review" ? flow : { ...flow, wanted: event.wanted, view: { at: "opening" } };
    case "certificate_made":
      return { ...flow, view: flow.wanted ? { at: "opening" } : showing("certificates", event.notice) };
    case "certificate_needed":
      return { ...flow, view: showing("home", event.notice) };
    case "scan_refused":
      return { ...flow, wanted: null, view: showing(event.to, event.notice) };
    case "scanned":
      return flow.view.at === "opening" ? { ...flow, wanted: null, view: { at: "review", scan: event.scan, login: event.login } } : flow;
    default:
      return after(flow, event);
  }
}

type Verdict = Extract<Event, { type: "confirmed" | "answer_lost" | "became" | "undone" }>;

function after(flow: Flow, event: Verdict): Flow {
  const { view } = flow;
  // The confirm never arrived: scanning again gives its scanner the same answer, and another try.
  if (view.at === "outcome" && view.became === "asking" && event.type === "became" && event.state === "scanned") {
    return { ...flow, wanted: { code: view.ticket, typed: false }, view: { at: "opening" } };
  }
  return { ...flow, view: afterReview(view, event) };
}

function afterReview(view: View, event: Verdict): View {
  const ticket = view.at === "review" ? view.scan.ticket : view.at === "outcome" ? view.ticket : null;
  if (ticket === null) return view;
  if (event.type === "undone") return { at: "outcome", ticket, became: "undone" };
  if (view.at === "outcome" && isFinal(view.became)) return view;
  if (event.type === "confirmed") {
    return { at: "outcome", ticket, became: "confirmed", ...(event.code !== undefined && { code: event.code }) };
  }
  if (event.type === "answer_lost") return { at: "outcome", ticket, became: "asking" };
  if (view.at === "review" && event.state === "scanned") return view;
  if (view.at === "outcome" && (view.became === event.state || event.state === "scanned")) return view;
  return { at: "outcome", ticket, became: event.state, ...(event.session !== undefined && { session: event.session }) };
}
