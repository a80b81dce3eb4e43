// 证书下载 (the manual's steps 6 to 9): the text message is sent by itself; 6 digits and a passphrase; 激活; the finger,
// or the face check where there is none; the passphrase once more; done. The same for a renewal, whose passphrase stays.
import { ApiError } from "../../../core/api.ts";
import { CertificateUnfinished, makeCertificate } from "../../../core/certificate.ts";
import { StoreFull, type SealedKey } from "../../../core/device_store.ts";
import type { BiometricProof } from "../../../core/platform.ts";
import { passphraseFault } from "../../../core/passphrase_rules.ts";
import { startCountdown } from "../../../phone/countdown.ts";
import { fill } from "../../../shell/fill.ts";
import { display } from "../../shared/display.ts";
import { miniPhone, type MiniPhone } from "../../shared/mini_phone.ts";
import { perPage, toast, type Input } from "../../shared/per_page.ts";
import { BiometricFailed } from "../../shared/soter.ts";
import { miniTexts } from "../../shared/texts.ts";

const resendAfterS = 60;
const texts = miniTexts("zh_CN");
const none = { code: "", passphrase: "", again: "" };

interface Own {
  challenge: string;
  proof: BiometricProof | null;
  working: boolean;
  old: SealedKey | undefined;
  stop: () => void;
  gone: boolean;
}
const own = perPage<Own>(() => ({ challenge: "", proof: null, old: undefined, working: false, stop: () => {}, gone: false }));

// The demo simulates the finger; a phone without one goes the proofing way, which the server checks.
async function prove(mini: MiniPhone, challenge: string): Promise<BiometricProof> {
  if (await mini.demo()) return { kind: "simulated" };
  const { biometric } = mini.phone.platform;
  if (!biometric || !(await biometric.available())) return { kind: "proofing" };
  try {
    return await biometric.prove(challenge);
  } catch (error) {
    if (error instanceof BiometricFailed && error.why === "none") return { kind: "proofing" };
    throw error;
  }
}

// The key whose certificate is renewed here.
function renewed(mini: MiniPhone): SealedKey | undefined {
  const { view, person } = mini.flow;
  const serial = view.at === "certificate" ? view.renews : undefined;
  return mini.phone.store.keys(person?.id ?? "").find((key) => key.serial === serial);
}

function whatHappened(mini: MiniPhone, error: unknown): string {
  const { certificate, own: mine, store_full } = mini.texts;
  if (error instanceof BiometricFailed) return mine.certificate.refused;
  if (!(error instanceof CertificateUnfinished)) return mini.words(error);
  const why = error.cause instanceof StoreFull ? ` ${store_full}` : "";
  return (error.revoked ? certificate.taken_back : certificate.left_over) + why;
}

Component({
  data: {
    page_class: "page",
    page_style: "",
    at: "form",
    t: texts.certificate,
    title: texts.certificate.title,
    passphrase_label: texts.certificate.passphrase,
    passphrase_hint: texts.certificate.passphrase_hint,
    done_text: texts.own.certificate.done,
    own: texts.own.certificate,
    secret: texts.secret,
    scan_text: texts.home.scan,
    back_text: texts.certificate.back,
    sent: "",
    resend_text: "",
    resend_open: false,
    code: "",
    passphrase: "",
    again: "",
    shown: false,
    problems: { ...none },
    problem: "",
    proofing_offered: false,
    busy: "",
  },
  lifetimes: {
    attached() {
      const mini = miniPhone();
      const { page_class, page_style } = display();
      const { certificate, own: mine, secret, home, review } = mini.texts;
      this.setData({ page_class, page_style, t: certificate, own: mine.certificate, secret, scan_text: home.scan, back_text: certificate.back });
      if (!mini.needsLogin()) return;
      mini.cameTo("certificate");
      const old = renewed(mini);
      own(this).old = old;
      this.setData({
        title: old ? certificate.renew_title : certificate.title,
        passphrase_label: old ? review.passphrase : certificate.passphrase,
        passphrase_hint: old ? certificate.renew_hint : certificate.passphrase_hint,
        done_text: old ? certificate.renewed : mine.certificate.done,
      });
      void this.sendCode();
    },
    detached() {
      own(this).gone = true;
      own(this).stop();
    },
  },
  methods: {
    countDown(seconds: number) {
      const mine = own(this);
      mine.stop();
      mine.stop = startCountdown(seconds, (left) => {
        const { resend, resend_in } = this.data.t;
        this.setData({ resend_open: left === 0, resend_text: left > 0 ? fill(resend_in, { n: left }) : resend });
      });
    },
    async sendCode() {
      const mini = miniPhone();
      this.setData({ sent: this.data.t.sending, problem: "" });
      this.countDown(resendAfterS);
      try {
        const started: { challenge: string; phone_masked?: string } = await mini.phone.api.startCertificate();
        own(this).challenge = started.challenge;
        this.setData({ sent: fill(this.data.t.sent, { phone: started.phone_masked ?? "" }) });
      } catch (error) {
        if (own(this).gone || mini.lost(error)) return;
        this.countDown(error instanceof ApiError ? (error.retry_after ?? 0) : 0);
        this.setData({ sent: "", problem: mini.words(error), proofing_offered: mini.needsProofing(error) });
      }
    },
    resend() {
      if (this.data.resend_open) void this.sendCode();
    },
    typed(event: Input) {
      const name = event.currentTarget.dataset.name;
      if (name === "code" || name === "passphrase" || name === "again") this.setData({ [name]: event.detail.value });
    },
    toggle() {
      this.setData({ shown: !this.data.shown });
    },
    check(): boolean {
      const { t, code, passphrase } = this.data;
      const problems = { ...none };
      if (!/^[0-9]{6}$/.test(code.trim())) problems.code = t.code_bad;
      const { phone, texts: words } = miniPhone();
      const old = own(this).old !== undefined;
      const fault = old ? (passphrase === "" ? "empty" : null) : passphraseFault(passphrase, phone.store.login()?.birthDate ?? "");
      if (fault) problems.passphrase = old ? words.review.passphrase_missing : t.fault[fault];
      this.setData({ problems, problem: "" });
      return problems.code === "" && problems.passphrase === "";
    },
    // 激活: the finger now, a new passphrase once more after it.
    async activate() {
      const mini = miniPhone();
      const mine = own(this);
      if (mine.working || !this.check()) return;
      mine.working = true;
      this.setData({ shown: false, busy: this.data.own.finger });
      try {
        mine.proof = await prove(mini, mine.challenge);
        if (mine.old) await this.make(mine.proof);
        else this.setData({ at: "again", again: "" });
      } catch (error) {
        this.refused(error);
      } finally {
        mine.working = false;
        this.setData({ busy: "" });
      }
    },
    cancel() {
      this.setData({ at: "form", again: "", problems: { ...none } });
    },
    async finish() {
      const mine = own(this);
      const { passphrase, again, t } = this.data;
      if (mine.working || mine.proof === null) return;
      this.setData({ shown: false, problems: { ...none, again: again === passphrase ? "" : t.differ } });
      if (again !== passphrase) return;
      mine.working = true;
      this.setData({ busy: t.busy, problem: "" });
      try {
        await this.make(mine.proof);
      } catch (error) {
        this.refused(error);
      } finally {
        mine.working = false;
        this.setData({ busy: "" });
      }
    },
    async make(biometric: BiometricProof) {
      const mini = miniPhone();
      const person = mini.flow.person?.id;
      if (person === undefined) return;
      const { code, passphrase } = this.data;
      const { challenge, old } = own(this);
      await makeCertificate(mini.phone, { person, challenge, smsCode: code.trim(), passphrase, biometric, ...(old && { renews: old }) });
      own(this).stop();
      this.setData({ at: "done", code: "", passphrase: "", again: "" });
      toast(this.data.own.done_title);
      // A code that waits for this certificate is opened now; without one the person reads what to do next.
      if (mini.flow.wanted) mini.send({ type: "certificate_made", notice: { tone: "info", text: this.data.t.made } });
    },
    refused(error: unknown) {
      const mini = miniPhone();
      if (mini.lost(error)) return;
      const said = whatHappened(mini, error);
      const code = error instanceof ApiError ? error.code : "";
      this.setData({
        at: "form",
        again: "",
        problems: { ...none, code: code === "code_wrong" ? said : "", passphrase: code === "passphrase_wrong" ? said : "" },
        problem: said,
        proofing_offered: mini.needsProofing(error),
      });
    },
    toProofing() {
      wx.navigateTo({ url: "/pages/proofing/proofing?step=identity" });
    },
    scan() {
      miniPhone().send({ type: "go", to: "scan" });
    },
    look() {
      miniPhone().send({ type: "go", to: "certificates" });
    },
    back() {
      miniPhone().send({ type: "go", to: "home" });
    },
  },
});
