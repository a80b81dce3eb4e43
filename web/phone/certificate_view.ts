// 证书下载: the SMS code is sent on entering, as the manual says; then code, passphrase twice, 激活.
import { passphraseFault } from "../core/passphrase_rules.ts";
import { el, fill } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import { button, field, Form, secretField, type Problem } from "./form.ts";
import { startCountdown } from "./countdown.ts";

const resendAfterS = 60;

export function certificateView(app: App): Shown {
  const t = app.texts.certificate;
  const back = button(t.back, "full", () => app.send({ type: "go", to: "home" }));
  if (!app.demo) return { title: t.title, body: [el("p", { class: "banner warn" }, t.no_biometric), back] };

  const code = field({
    id: "sms_code",
    label: t.code,
    hint: t.code_hint,
    attributes: { inputmode: "numeric", autocomplete: "one-time-code", maxlength: "6" },
  });
  code.input.classList.add("digits");
  const secret = { inputmode: "numeric", autocomplete: "new-password" };
  const first = secretField({ id: "passphrase", label: t.passphrase, hint: t.passphrase_hint, attributes: secret }, app.texts.secret);
  const second = secretField({ id: "passphrase_again", label: t.again, attributes: secret }, app.texts.secret);
  const sent = el("p", { class: "hint" }, t.sending);
  const resend = button(t.resend, "", () => void start());
  const submit = el("button", { type: "submit", class: "button primary full" }, t.submit);
  const form = new Form(app.texts.problem_title, [code, first, second], submit, run);
  form.root.append(sent, code.root, el("p", {}, resend), first.root, second.root, submit);

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

  async function start(): Promise<void> {
    sent.textContent = t.sending;
    countDown(resendAfterS);
    try {
      challenge = (await app.phone.api.startCertificate()).challenge;
      sent.textContent = t.sent;
      app.say(t.sent);
    } catch (error) {
      if (app.lost(error)) return;
      const wait = (error as { retry_after?: number }).retry_after ?? 0;
      countDown(wait);
      sent.textContent = "";
      form.show([{ text: app.words(error) }]);
    }
  }

  function problems(): Problem[] {
    const found: Problem[] = [];
    if (!/^[0-9]{6}$/.test(code.input.value.trim())) found.push({ field: code, text: t.code_bad });
    const fault = passphraseFault(first.input.value, app.phone.store.login()?.birthDate ?? "");
    if (fault) found.push({ field: first, text: t.fault[fault] });
    else if (first.input.value !== second.input.value) found.push({ field: second, text: t.differ });
    return found;
  }

  async function run(): Promise<void> {
    first.hide();
    second.hide();
    const person = app.flow.person?.id;
    if (form.show(problems()) || person === undefined) return;
    app.say(t.busy);
    sent.textContent = t.busy;
    try {
      const { makeCertificate } = await import("../core/certificate.ts");
      await makeCertificate(app.phone, {
        person,
        challenge,
        smsCode: code.input.value.trim(),
        passphrase: first.input.value,
        biometric: { kind: "simulated" },
      });
      app.send({ type: "certificate_made", notice: { tone: "info", text: t.made } });
    } catch (error) {
      if (app.lost(error)) return;
      app.say("");
      sent.textContent = "";
      const known = (error as { code?: string }).code === "code_wrong";
      form.show([{ field: known ? code : undefined, text: whatHappened(app, error) }]);
    }
  }

  void start();
  return { title: t.title, body: [el("p", { class: "banner demo" }, t.demo), form.root, el("p", { class: "end" }, back)], leave: () => stop() };
}

function whatHappened(app: App, error: unknown): string {
  const t = app.texts.certificate;
  if (!(error instanceof Error) || error.name !== "CertificateUnfinished") return app.words(error);
  const why = (error.cause as Error | undefined)?.name === "StoreFull" ? ` ${app.texts.store_full}` : "";
  return ((error as Error & { revoked: boolean }).revoked ? t.taken_back : t.left_over) + why;
}
