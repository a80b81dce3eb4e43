// 我的: who is logged in, and what is next. 扫码登录 is there only with a usable certificate on this phone.
import { finishTakingBack } from "../../../core/certificate.ts";
import type { Me } from "../../../core/phone_api.ts";
import { usableKey } from "../../../core/usable_key.ts";
import { display } from "../../shared/display.ts";
import { miniPhone, type MiniPhone } from "../../shared/mini_phone.ts";
import { miniTexts } from "../../shared/texts.ts";

const levelForScanning = 3;
const texts = miniTexts("zh_CN");

async function read(mini: MiniPhone): Promise<Me> {
  const person = mini.flow.person?.id;
  if (person !== undefined && mini.phone.store.unfinished(person).length > 0) await finishTakingBack(mini.phone, person);
  return mini.phone.api.me();
}

function shown(mini: MiniPhone, me: Me) {
  const t = mini.texts.home;
  const { person } = me;
  const level_low = person.level < levelForScanning;
  return {
    loading: false,
    name: person.name_masked,
    kind: t.kinds[person.kind],
    level: t.level_names[person.level] ?? `L${person.level}`,
    level_low,
    can_scan: !level_low && usableKey(mini.phone.store, me) !== undefined,
  };
}

Component({
  data: {
    page_class: "page",
    page_style: "",
    t: texts.home,
    own: texts.own.home,
    loading: true,
    name: "",
    kind: "",
    level: "",
    level_low: false,
    can_scan: false,
    notice: "",
    notice_class: "banner",
    problem: "",
  },
  pageLifetimes: {
    show() {
      this.start();
    },
  },
  methods: {
    start() {
      const mini = miniPhone();
      const { page_class, page_style } = display();
      this.setData({ page_class, page_style, t: mini.texts.home, own: mini.texts.own.home });
      if (!mini.needsLogin()) return;
      mini.cameTo("home");
      const notice = mini.notice();
      this.setData({ notice: notice?.text ?? "", notice_class: notice?.tone === "problem" ? "banner warn" : "banner" });
      void this.load();
    },
    async load() {
      const mini = miniPhone();
      this.setData({ loading: true, problem: "" });
      try {
        this.setData(shown(mini, await read(mini)));
      } catch (error) {
        if (!mini.lost(error)) this.setData({ loading: false, problem: mini.words(error) });
      }
    },
    scan() {
      miniPhone().send({ type: "go", to: "scan" });
    },
    download() {
      miniPhone().send({ type: "go", to: "certificate" });
    },
    proofing() {
      miniPhone().send({ type: "raise" });
    },
    manage() {
      miniPhone().send({ type: "go", to: "certificates" });
    },
    account() {
      wx.navigateTo({ url: "/pages/account/account" });
    },
  },
});
