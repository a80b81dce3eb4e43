// 登录: number, password, captcha. What was typed stays after a failure; a fresh captcha is there at once.
import { ApiError, type Captcha } from "../../../core/api.ts";
import { checkNumber, tidyNumber } from "../../../core/identity.ts";
import { birthDateOf } from "../../../core/passphrase_rules.ts";
import type { Kind } from "../../../core/phone_api.ts";
import { fill } from "../../../shell/fill.ts";
import { display } from "../../shared/display.ts";
import { miniPhone } from "../../shared/mini_phone.ts";
import { perPage, toast, type Input } from "../../shared/per_page.ts";
import { miniTexts } from "../../shared/texts.ts";

const texts = miniTexts("zh_CN");
const none = { identity_number: "", password: "", captcha: "" };

interface Own {
  captcha_id: string;
  timer: number;
  working: boolean;
  gone: boolean;
}
const own = perPage<Own>(() => ({ captcha_id: "", timer: 0, working: false, gone: false }));

Component({
  data: {
    page_class: "page",
    page_style: "",
    t: texts.login,
    secret: texts.secret,
    help: texts.own.login.help,
    listen_label: texts.own.login.listen,
    wanted: false,
    notice: "",
    kind: "personal" as Kind,
    number_label: texts.login.number.personal,
    identity_number: "",
    password: "",
    password_shown: false,
    captcha: "",
    picture: "",
    has_audio: false,
    problems: { ...none },
    problem: "",
    busy: false,
  },
  lifetimes: {
    attached() {
      const mini = miniPhone();
      const { page_class, page_style } = display();
      const { login, secret } = mini.texts;
      this.setData({ page_class, page_style, t: login, secret, help: mini.texts.own.login.help, listen_label: mini.texts.own.login.listen, number_label: login.number.personal });
      this.setData({ wanted: mini.flow.wanted !== null, notice: mini.notice()?.text ?? "" });
      void this.loadCaptcha();
    },
    detached() {
      own(this).gone = true;
      clearTimeout(own(this).timer);
    },
  },
  methods: {
    async loadCaptcha() {
      const mini = miniPhone();
      try {
        this.showCaptcha(await mini.phone.api.captcha(await mini.phone.store.device()));
      } catch (error) {
        this.setData({ "problems.captcha": mini.words(error) });
      }
    },
    showCaptcha(captcha: Captcha) {
      const mine = own(this);
      if (mine.gone) return; // the answer came too late
      mine.captcha_id = captcha.id;
      clearTimeout(mine.timer);
      mine.timer = setTimeout(() => void this.loadCaptcha(), Math.max(captcha.expires_in - 10, 10) * 1000);
      this.setData({ picture: captcha.image, has_audio: captcha.audio !== undefined, captcha: "" });
    },
    async anotherCaptcha() {
      this.setData({ "problems.captcha": "" });
      await this.loadCaptcha();
      if (this.data.problems.captcha === "") toast(this.data.t.captcha_new);
    },
    listen() {
      const player = wx.createInnerAudioContext();
      player.src = `${miniPhone().origin}/api/v1/captcha/${own(this).captcha_id}.wav`;
      player.onEnded(() => player.destroy());
      player.onError(() => player.destroy());
      player.play();
    },
    chooseKind(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      const kind = event.detail.value === "corporate" ? "corporate" : "personal";
      this.setData({ kind, number_label: this.data.t.number[kind] });
    },
    typed(event: Input) {
      const name = event.currentTarget.dataset.name;
      if (name === "identity_number" || name === "password" || name === "captcha") this.setData({ [name]: event.detail.value });
    },
    tidy() {
      this.setData({ identity_number: tidyNumber(this.data.identity_number) });
    },
    togglePassword() {
      this.setData({ password_shown: !this.data.password_shown });
    },
    check(): boolean {
      const { t, kind, identity_number, password, captcha } = this.data;
      const problems = { ...none };
      const fault = checkNumber(kind, identity_number);
      if (fault) problems.identity_number = fill(t.fault[fault.fault], { name: t.number[kind], ...fault });
      if (password === "") problems.password = t.password_missing;
      if (captcha.trim() === "") problems.captcha = t.captcha_missing;
      const first = problems.identity_number || problems.password || problems.captcha;
      this.setData({ problems, problem: first });
      return first === "";
    },
    async submit() {
      if (own(this).working) return;
      this.tidy();
      this.setData({ password_shown: false });
      if (!this.check()) return;
      own(this).working = true;
      this.setData({ busy: true });
      try {
        await this.logIn();
      } catch (error) {
        this.refused(error);
      } finally {
        own(this).working = false;
        this.setData({ busy: false });
      }
    },
    async logIn() {
      const mini = miniPhone();
      const { kind, identity_number, password, captcha } = this.data;
      const answer = await mini.phone.api.login({
        device: await mini.phone.store.device(),
        kind,
        identity_number,
        password,
        captcha_id: own(this).captcha_id,
        captcha: captcha.trim(),
      });
      const birthDate = birthDateOf(answer.person.kind, identity_number);
      mini.phone.store.saveLogin({ token: answer.token, person: answer.person, birthDate });
      mini.phone.api.token = answer.token;
      this.setData({ password: "" });
      mini.send({ type: "logged_in", person: answer.person, fresh: true });
    },
    refused(error: unknown) {
      const said = miniPhone().words(error);
      const fields = error instanceof ApiError ? error.fields : {};
      this.setData({ problems: { ...none, ...fields }, problem: Object.values(fields)[0] ?? said });
      if (error instanceof ApiError && error.captcha) this.showCaptcha(error.captcha);
      else void this.loadCaptcha();
    },
  },
});
