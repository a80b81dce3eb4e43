// 证书管理: download, my certificates: look at one, renew one whose end is near, delete one; 扫码登录 when this phone can.
import type { Certificate, CertificateDetails, Me } from "../../../core/phone_api.ts";
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
  renewable: boolean;
  // Of its buttons, for who hears several of them.
  view_label: string;
  renew_label: string;
  label: string;
}

interface Fact {
  name: string;
  value: string;
}

function factsOf(mini: MiniPhone, one: CertificateDetails): Fact[] {
  const { rows, algorithms } = mini.texts.certificates;
  return [
    { name: rows.serial, value: one.serial },
    { name: rows.subject, value: one.subject },
    { name: rows.issuer, value: one.issuer },
    { name: rows.algorithm, value: algorithms[one.algorithm] ?? one.algorithm },
    { name: rows.issued, value: one.issued_at.slice(0, 10) },
    { name: rows.until, value: (one.not_after ?? "").slice(0, 10) },
    { name: rows.fingerprint, value: one.fingerprint.replace(/(.{4})(?=.)/g, "$1 ") },
  ];
}

function rowOf(mini: MiniPhone, me: Me, one: Certificate): Row {
  const { home: t, certificates } = mini.texts;
  const here = mini.phone.store.keys(me.person.id).some((key) => key.serial === one.serial);
  const state = one.state ?? "active";
  const over = state === "active" && one.usable === false;
  const until = one.not_after ? ` · ${fill(t.until, { date: one.not_after.slice(0, 10) })}` : "";
  return {
    serial: one.serial,
    line: `${here ? t.here : t.elsewhere} · ${over ? certificates.over : t.states[state]}${until}`,
    disabled: state === "disabled",
    renewable: here && one.renewable === true,
    view_label: `${certificates.view} ${one.serial.slice(-6)}`,
    renew_label: `${certificates.renew} ${one.serial.slice(-6)}`,
    label: `${t.remove} ${one.serial.slice(-6)}`,
  };
}

Component({
  data: {
    page_class: "page",
    page_style: "",
    t: texts.home,
    own: texts.own.certificates,
    c: texts.certificates,
    loading: true,
    problem: "",
    rows: [] as Row[],
    can_scan: false,
    asking: "",
    looking: "",
    facts: [] as Fact[],
  },
  pageLifetimes: {
    show() {
      const mini = miniPhone();
      const { page_class, page_style } = display();
      this.setData({ page_class, page_style, t: mini.texts.home, own: mini.texts.own.certificates, c: mini.texts.certificates });
      if (!mini.needsLogin()) return;
      mini.cameTo("certificates");
      void this.load();
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
    renew(event: Tap) {
      miniPhone().send({ type: "go", to: "certificate", renews: event.currentTarget.dataset["serial"] ?? "" });
    },
    async look(event: Tap) {
      const mini = miniPhone();
      const serial = event.currentTarget.dataset["serial"] ?? "";
      const open = this.data.looking !== serial;
      this.setData({ looking: open ? serial : "", facts: [], problem: "" });
      if (!open) return;
      try {
        const facts = factsOf(mini, await mini.phone.api.certificate(serial));
        if (this.data.looking === serial) this.setData({ facts });
      } catch (error) {
        if (!mini.lost(error)) this.setData({ looking: "", problem: mini.words(error) });
      }
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
