// From a code that was read to what it asks for, and from "yes" to the server: the certificate is chosen, the server
// asked, the text checked before anything is shown, and signed as it was shown.
import { NetworkError } from "./api.ts";
import type { Phone } from "./certificate.ts";
import type { Event, Wanted } from "./phone_flow.ts";
import type { Scan } from "./phone_api.ts";
import { readLoginText, TextRefused, type Expected, type LoginText } from "./signed_text.ts";
import { usableKey } from "./usable_key.ts";

export type Opened = { scan: Scan; login: LoginText } | "certificate_needed";

const levelForScanning = 3;

// Fails with ApiError, NetworkError or TextRefused. `origin` is the site this phone belongs to.
export async function openTicket(phone: Pick<Phone, "api" | "store">, wanted: Wanted, origin: string): Promise<Opened> {
  const me = await phone.api.me();
  const key = usableKey(phone.store, me);
  if (!key && me.person.level >= levelForScanning) return "certificate_needed";
  // Without a key the server's refusal says what is missing; it is asked with no certificate of ours.
  const scan = await phone.api.scan(wanted.code, key?.serial);
  const ticket = wanted.typed ? scan.ticket : wanted.code;
  const login = await readOrDeny(phone, scan, { origin, person: me.person.id, certificate: key?.serial ?? "", ticket });
  return { scan, login };
}

// A text that is not ours to sign is refused at the server too, so that the computer does not wait for it.
async function readOrDeny(phone: Pick<Phone, "api">, scan: Scan, expected: Expected): Promise<LoginText> {
  try {
    return readLoginText(scan.text, expected);
  } catch (error) {
    if (error instanceof TextRefused) await phone.api.deny(scan.ticket).catch(() => undefined);
    throw error;
  }
}

// What to tell the flow after confirming. A lost answer is no failure: the outcome is asked for afterwards.
export async function confirmTicket(phone: Pick<Phone, "api">, scan: Scan, login: LoginText, signature: string): Promise<Event> {
  try {
    const answer = await phone.api.confirm(scan.ticket, login.certificate, signature);
    return { type: "confirmed", ...(answer?.code !== undefined && { code: answer.code }) };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return { type: "answer_lost" };
  }
}
