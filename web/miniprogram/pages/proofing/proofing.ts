// 刷脸认证 (the manual's steps 2 to 5), with its words: the question, the consent, 快速验证, the provider, the result.
import type { ConsentText, Proofing } from "../../../core/phone_api.ts";
import { startCountdown } from "../../../phone/countdown.ts";
import { fill } from "../../../shell/fill.ts";
import { display } from "../../shared/display.ts";
import { FaceCheckMissing, openFaceCheck } from "../../shared/face.ts";
import { miniPhone } from "../../shared/mini_phone.ts";
import { perPage, type Tap } from "../../shared/per_page.ts";
import type { ProofingStep } from "../../shared/text_types.ts";
import { miniTexts } from "../../shared/texts.ts";

const backAfterS = 5;
const askEveryMs = 2000;
const texts = miniTexts("zh_CN");

interface Own {
  id: string; // of the proofing that was started
  timer: number;
  stop: () => void;
  working: boolean;
  gone: boolean;
}
const own = perPage<Own>(() => ({ id: "", timer: 0, stop: () => {}, working: false, gone: false }));

Component({
  data: {
    page_class: "page",
    page_style: "",
    t: texts.own.proofing,
    step: "offer" as ProofingStep,
    title: texts.own.proofing.title.offer,
    name: "",
    number: "",
    consents: [] as ConsentText[],
    reading: "", // the consent text that is open
    statement: [] as string[],
    agreed: false,
    own_hand: false,
    busy: "",
    problem: "",
    back_text: "",
  },
  lifetimes: {
    attached() {
      const mini = miniPhone();
      const { page_class, page_style } = display();
      this.setData({ page_class, page_style, t: mini.texts.own.proofing, name: mini.flow.person?.name_masked ?? "" });
      this.to(mini.flow.view.at === "proofing" ? "identity" : "offer");
      if (mini.needsLogin()) void this.load();
    },
    detached() {
      own(this).gone = true;
      clearTimeout(own(this).timer);
      own(this).stop();
    },
  },
  pageLifetimes: {
    // Back from the provider's page.
    show() {
      if (own(this).id !== "" && this.data.step === "waiting") void this.ask();
    },
  },
  methods: {
    onLoad(query: { step?: string }) {
      if (query.step === "identity") this.to("identity");
    },
    // Whose identity, and the texts to agree to, in their present versions.
    async load() {
      const mini = miniPhone();
      try {
        const { available, name_masked, number_masked, consents } = await mini.phone.api.proofingConditions();
        const statement = consents.find(({ text }) => text === "biometric")?.words.split("\n") ?? [];
        this.setData({ name: name_masked, number: number_masked, consents, statement });
        if (!available) this.to("unavailable");
      } catch (error) {
        if (!mini.lost(error)) this.setData({ problem: mini.words(error) });
      }
    },
    read(event: Tap) {
      const text = event.currentTarget.dataset["text"] ?? "";
      this.setData({ reading: this.data.reading === text ? "" : text });
    },
    to(step: ProofingStep) {
      this.setData({ step, title: this.data.t.title[step], problem: "", busy: "" });
    },
    yes() {
      this.to("identity");
    },
    agree(event: WechatMiniprogram.CheckboxGroupChange) {
      this.setData({ agreed: event.detail.value.includes("agreed"), problem: "" });
    },
    next() {
      if (this.data.consents.length === 0) void this.load();
      else if (this.data.agreed) this.to("statement");
      else this.setData({ problem: this.data.t.agree_missing });
    },
    refuse() {
      this.setData({ agreed: false });
      this.to("identity");
    },
    accept() {
      this.to("quick");
    },
    ownHand(event: WechatMiniprogram.CheckboxGroupChange) {
      this.setData({ own_hand: event.detail.value.includes("own"), problem: "" });
    },
    // 快速验证
    async start() {
      const mini = miniPhone();
      const mine = own(this);
      if (mine.working) return;
      if (!this.data.own_hand) {
        this.setData({ problem: this.data.t.own_missing });
        return;
      }
      mine.working = true;
      this.setData({ busy: this.data.t.starting, problem: "" });
      try {
        const proofing = await mini.phone.api.startProofing(this.data.consents.map(({ text, version }) => ({ text, version })));
        mine.id = proofing.id;
        const over = await openFaceCheck(proofing);
        this.to("waiting");
        if (over) await this.ask();
      } catch (error) {
        if (mini.lost(error)) return;
        this.setData({ busy: "", problem: error instanceof FaceCheckMissing ? this.data.t.too_old : mini.words(error) });
      } finally {
        mine.working = false;
      }
    },
    // The server's word, asked again until there is one.
    async ask() {
      const mini = miniPhone();
      const mine = own(this);
      clearTimeout(mine.timer);
      try {
        const now = await mini.phone.api.proofing(mine.id);
        if (mine.gone || this.data.step !== "waiting") return;
        if (now.state === "open") mine.timer = setTimeout(() => void this.ask(), askEveryMs);
        else this.ended(now);
      } catch (error) {
        if (!mini.lost(error)) this.setData({ problem: mini.words(error) });
      }
    },
    ended({ state, person }: Proofing) {
      own(this).id = "";
      if (state !== "passed") {
        this.to("failed");
        this.setData({ problem: state === "expired" ? this.data.t.expired : this.data.t.failed });
        return;
      }
      miniPhone().levelChanged(person);
      this.to("passed");
      own(this).stop = startCountdown(backAfterS, (left) => {
        this.setData({ back_text: fill(this.data.t.passed_left, { n: left }) });
        if (left === 0) this.back();
      });
    },
    again() {
      this.to("quick");
    },
    // Where the person came from: home, or the certificate that needs this.
    back() {
      own(this).stop();
      if (getCurrentPages().length > 1) wx.navigateBack();
      else miniPhone().send({ type: "go", to: "home" });
    },
  },
});
