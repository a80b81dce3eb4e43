// 证书下载 (the manual's steps 7 to 9): the SMS code is sent on entering; code, passphrase, 激活; the phone's fingerprint,
// or another proof where there is none; the passphrase once more; done. The same for the renewal of a certificate, whose
// passphrase stays.
import type { SealedKey } from "../core/device_store.ts";
import { passphraseFault, passphraseRules, type PassphraseRule } from "../core/passphrase_rules.ts";
import type { BiometricProof } from "../core/platform.ts";
import { el, fill } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import { startCountdown } from "./countdown.ts";
import { button, field, Form, secretField, type Field, type Problem } from "./form.ts";
import { askAgain, Stopped } from "./passphrase_dialog.ts";

const resendAfterS = 60;
const rules: readonly PassphraseRule[] = ["length", "simple", "birth_date"];

export function certificateView(app: App): Shown {
  const t = app.texts.certificate;
  const old = renewed(app);
  const back = button(t.back, "full", () => app.send({ type: "go", to: "certificates" }));
  const code = field({
    id: "sms_code",
    label: t.code,
    hint: t.code_hint,
    attributes: { inputmode: "numeric", autocomplete: "one-time-code", maxlength: "6" },
  });
  code.input.classList.add("digits");
  const passphrase = passphraseField(app, old);
  const state = el("p", { class: "hint", id: "state" }, t.sending);
  const sms = smsCode(app, state, (problem) => form.show([{ text: problem }]));
  const submit = el("button", { type: "submit", class: "button primary full" }, t.submit);
  const form = new Form(app.texts.problem_title, [code, passphrase], submit, run);
  form.root.append(state, code.root, el("p", {}, sms.resend), passphrase.root, submit);
  const makes = import("../core/certificate.ts");
  makes.catch(() => undefined);

  function tell(text: string): void {
    state.textContent = text;
    app.say(text);
  }

  function problems(): Problem[] {
    const found: Problem[] = [];
    if (!/^[0-9]{6}$/.test(code.input.value.trim())) found.push({ field: code, text: t.code_bad });
    const typed = passphrase.input.value;
    const fault = old ? (typed === "" ? "empty" : null) : passphraseFault(typed, app.phone.store.login()?.birthDate ?? "");
    if (fault) found.push({ field: passphrase, text: old ? app.texts.review.passphrase_missing : t.fault[fault] });
    return found;
  }

  async function proved(challenge: string): Promise<BiometricProof> {
    const proof = await prove(app, challenge, tell);
    if (!old) {
      tell(t.dialog);
      await askAgain(app, passphrase.input.value);
    }
    tell(t.busy);
    return proof;
  }

  async function run(): Promise<void> {
    passphrase.hide();
    const person = app.flow.person?.id;
    if (form.show(problems()) || person === undefined) return;
    tell(t.busy);
    try {
      const { makeCertificate } = await makes;
      await makeCertificate(app.phone, {
        person,
        challenge: sms.challenge(),
        smsCode: code.input.value.trim(),
        passphrase: passphrase.input.value,
        biometric: proved,
        ...(old && { renews: old }),
      });
      app.send({ type: "certificate_made", notice: { tone: "info", text: old ? t.renewed : t.made } });
    } catch (error) {
      refused(error);
    }
  }

  function refused(error: unknown): void {
    if (app.lost(error)) return;
    tell("");
    const said = (error as { code?: string }).code;
    if (said === "proofing_needed") {
      app.send({ type: "proofing", step: "identity", notice: { tone: "problem", text: app.words(error) } });
      return;
    }
    const at = said === "code_wrong" ? code : said === "passphrase_wrong" ? passphrase : undefined;
    form.show([{ field: at, text: error instanceof Stopped ? t.stopped : whatHappened(app, error) }]);
  }

  void sms.send();
  const demo = app.demo ? [el("p", { class: "banner demo" }, t.demo)] : [];
  return { title: old ? t.renew_title : t.title, body: [...demo, form.root, el("p", { class: "end" }, back)], leave: sms.stop };
}

function renewed(app: App): SealedKey | undefined {
  const { view, person } = app.flow;
  const serial = view.at === "certificate" ? view.renews : undefined;
  return app.phone.store.keys(person?.id ?? "").find((key) => key.serial === serial);
}

// A new passphrase with its rules, ticked while it is typed; or the one that the old certificate has.
function passphraseField(app: App, old: SealedKey | undefined): Field & { hide: () => void } {
  const t = app.texts.certificate;
  const attributes = { inputmode: "numeric", autocomplete: old ? "off" : "new-password" };
  if (old) return secretField({ id: "passphrase", label: app.texts.review.passphrase, hint: t.renew_hint, attributes }, app.texts.secret);
  const made = secretField({ id: "passphrase", label: t.passphrase, hint: t.passphrase_hint, attributes }, app.texts.secret);
  const lines = rules.map((rule) => ({ rule, mark: el("span", {}), line: el("li", {}) }));
  for (const { rule, mark, line } of lines) line.append(mark, ` ${t.rules[rule]}`);
  const list = el("ul", { class: "rules", "aria-label": t.rules_title }, ...lines.map(({ line }) => line));
  const tick = () => {
    const kept = passphraseRules(made.input.value, app.phone.store.login()?.birthDate ?? "");
    for (const { rule, mark, line } of lines) {
      mark.textContent = kept[rule] ? `✓ ${t.rule_kept}` : `○ ${t.rule_open}`;
      line.className = kept[rule] ? "kept" : "";
    }
  };
  made.input.addEventListener("input", tick);
  made.input.addEventListener("change", tick);
  tick();
  made.root.insertBefore(list, made.problem);
  return made;
}

interface SmsCode {
  resend: HTMLButtonElement;
  challenge: () => string;
  send: () => Promise<void>;
  stop: () => void;
}

function smsCode(app: App, state: HTMLElement, show: (problem: string) => void): SmsCode {
  const t = app.texts.certificate;
  const resend = button(t.resend, "", () => void send());
  let challenge = "";
  let stop = () => {};

  function countDown(seconds: number): void {
    stop();
    resend.setAttribute("aria-disabled", "true");
    stop = startCountdown(seconds, (left) => {
      resend.textContent = left > 0 ? fill(t.resend_in, { n: left }) : t.resend;
      if (left > 0) return;
      resend.removeAttribute("aria-disabled");
      app.say(t.resend_now);
    });
  }

  async function send(): Promise<void> {
    state.textContent = t.sending;
    countDown(resendAfterS);
    try {
      const started = await app.phone.api.startCertificate();
      challenge = started.challenge;
      state.textContent = fill(t.sent, { phone: started.phone_masked ?? "" });
      app.say(state.textContent);
    } catch (error) {
      if (app.lost(error)) return;
      countDown((error as { retry_after?: number }).retry_after ?? 0);
      state.textContent = "";
      show(app.words(error));
    }
  }
  return { resend, challenge: () => challenge, send, stop: () => stop() };
}

// The finger where the phone can; else, and when it was not recognised, the way without it: a proofing that the server
// knows of, or what the demo has in its place.
async function prove(app: App, challenge: string, tell: (text: string) => void): Promise<BiometricProof> {
  const t = app.texts.certificate;
  const { biometric } = app.phone.platform;
  if (biometric && (await biometric.available())) {
    tell(t.finger);
    try {
      return await biometric.prove(challenge);
    } catch {
      tell(t.finger_failed);
    }
  }
  return { kind: app.demo ? "simulated" : "proofing" };
}

function whatHappened(app: App, error: unknown): string {
  const t = app.texts.certificate;
  if (!(error instanceof Error) || error.name !== "CertificateUnfinished") return app.words(error);
  const why = (error.cause as Error | undefined)?.name === "StoreFull" ? ` ${app.texts.store_full}` : "";
  return ((error as Error & { revoked: boolean }).revoked ? t.taken_back : t.left_over) + why;
}
