// Between a code that was read and what it asks for: the certificate is chosen, the server asked, the text checked.
import { ApiError } from "../core/api.ts";
import { readLoginText, TextRefused } from "../core/signed_text.ts";
import type { Scan } from "../core/phone_api.ts";
import type { App, Shown } from "./app.ts";
import { usableKey } from "./keys.ts";
import { el } from "../shell/dom.ts";

export function openingView(app: App): Shown {
  let gone = false;
  void open(app, () => gone);
  return {
    title: app.texts.opening.title,
    body: [el("p", {}, app.texts.opening.text)],
    leave: () => void (gone = true),
  };
}

async function open(app: App, gone: () => boolean): Promise<void> {
  const { wanted } = app.flow;
  if (!wanted) return;
  try {
    const me = await app.phone.api.me();
    if (gone()) return;
    const key = usableKey(app, me);
    if (!key && me.person.level >= 3) {
      app.send({ type: "certificate_needed", notice: { tone: "info", text: app.texts.need_certificate } });
      return;
    }
    // Without a key the server's refusal says what is missing; it is asked with no certificate of ours.
    const scan = await app.phone.api.scan(wanted.code, key?.serial);
    const ticket = wanted.typed ? scan.ticket : wanted.code;
    const login = await readOrDeny(app, scan, { origin: location.origin, person: me.person.id, certificate: key?.serial ?? "", ticket });
    if (!gone()) app.send({ type: "scanned", scan, login });
  } catch (error) {
    if (gone() || app.lost(error)) return;
    const home = error instanceof ApiError && /^(level_too_low|certificate_)/.test(error.code);
    app.send({ type: "scan_refused", to: home ? "home" : "scan", notice: { tone: "problem", text: app.words(error) } });
  }
}

// A text that is not ours to sign is refused at the server too, so that the computer does not wait for it.
async function readOrDeny(app: App, scan: Scan, expected: Parameters<typeof readLoginText>[1]) {
  try {
    return readLoginText(scan.text, expected);
  } catch (error) {
    if (error instanceof TextRefused) await app.phone.api.deny(scan.ticket).catch(() => undefined);
    throw error;
  }
}
