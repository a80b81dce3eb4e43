// 证书管理: download, my certificates, delete; 扫码登录 when this phone can.
import type { Certificate, Me } from "../../../core/phone_api.ts";
import { usableKey } from "../../../core/usable_key.ts";
import { fill } from "../../../shell/fill.ts";
import { display } from "../../shared/display.ts";
import { miniPhone, type MiniPhone } from "../../shared/mini_phone.ts";
import { toast, type Tap } from "../../shared/per_page.ts";
import { miniTexts } from "../../shared/texts.ts";

const texts = miniTexts("zh_CN");

interface Row {
  serial: string;
  line: string;
  disabled: boolean;
  label: string; // of its delete button, for who hears several of them
}

function rowOf(mini: MiniPhone, me: Me, one: Certificate): Row {
  const t = mini.texts.home;
  const here = mini.phone.store.keys(me.person.id).some((key) => key.serial === one.serial);
  const state = one.state ?? "active";
  const until = one.not_after ? ` · ${fill(t.until, { date: one.not_after.slice(0, 10) })}` : "";
  return {
    serial: one.serial,
    line: `${here ? t.here : t.elsewhere} · ${t.states[state]}${until}`,
    disabled: state === "disabled",
    label: `${t.remove} ${one.serial.slice(-6)}`,
  };
}

Component({
  data: {
    page_class: "page",
    page_style: "",
    t: texts.home,
    own: texts.own.certificates,
    loading: true,
    problem: "",
    rows: [] as Row[],
    can_scan: false,
    asking: "",
  },
  pageLifetimes: {
    show() {
      const mini = miniPhone();
      const { page_class, page_style } = display();
      this.setData({ page_class, page_style, t: mini.texts.home, own: mini.texts.own.certificates });
      if (mini.needsLogin()) void this.load();
    },
  },
  methods: {
    async load() {
      const mini = miniPhone();
      try {
        const me = await mini.phone.api.me();
        const rows = me.certificates.filter(({ state }) => state !== "revoked").map((one) => rowOf(mini, me, one));
        this.setData({ loading: false, problem: "", rows, can_scan: usableKey(mini.phone.store, me) !== undefined, asking: "" });
      } catch (error) {
        if (!mini.lost(error)) this.setData({ loading: false, problem: mini.words(error) });
      }
    },
    download() {
      miniPhone().send({ type: "go", to: "certificate" });
    },
    scan() {
      miniPhone().send({ type: "go", to: "scan" });
    },
    ask(event: Tap) {
      this.setData({ asking: event.currentTarget.dataset["serial"] ?? "" });
    },
    keep() {
      this.setData({ asking: "" });
    },
    async remove() {
      const mini = miniPhone();
      const serial = this.data.asking;
      try {
        await mini.phone.api.revoke(serial);
        mini.phone.store.removeKey(serial);
        toast(this.data.t.removed);
      } catch (error) {
        if (mini.lost(error)) return;
        this.setData({ problem: mini.words(error) });
        return;
      }
      await this.load();
    },
  },
});
