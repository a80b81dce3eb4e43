// 扫码: a living camera (never a stored picture: a picture that somebody sent is the usual trap), the typed code, or a
// code that WeChat's own scanner has read (扫普通链接二维码: query.q; a mini-program code: query.scene).
import { readQrContent, readShortCode } from "../../../core/login_code.ts";
import { display } from "../../shared/display.ts";
import { miniPhone } from "../../shared/mini_phone.ts";
import type { Input } from "../../shared/per_page.ts";
import { miniTexts } from "../../shared/texts.ts";

const texts = miniTexts("zh_CN");

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

Component({
  data: {
    page_class: "page",
    page_style: "",
    t: texts.scan,
    own: texts.own.scan,
    notice: "",
    problem: "",
    typed: "",
    typed_problem: "",
  },
  lifetimes: {
    // Not in `show`: that comes again after the camera, when a code has already led elsewhere.
    attached() {
      const mini = miniPhone();
      const { page_class, page_style } = display();
      this.setData({ page_class, page_style, t: mini.texts.scan, own: mini.texts.own.scan });
      mini.cameTo("scan");
      this.setData({ notice: mini.notice()?.text ?? "" });
    },
  },
  methods: {
    onLoad(query: { q?: string; scene?: string }) {
      if (query.q !== undefined) this.read(decoded(query.q));
      else if (query.scene !== undefined) this.read(`${miniPhone().origin}/s/${decoded(query.scene)}`);
      else miniPhone().needsLogin();
    },
    read(content: string) {
      const mini = miniPhone();
      const scanned = readQrContent(content, mini.origin);
      if (scanned.kind === "token") {
        mini.bring({ code: scanned.token, typed: false });
        return;
      }
      const { scan } = mini.texts;
      this.setData({ problem: scanned.kind === "foreign" ? scan.foreign : scan.unreadable });
    },
    openCamera() {
      this.setData({ problem: "", notice: "" });
      wx.scanCode({
        onlyFromCamera: true,
        scanType: ["qrCode"],
        success: ({ result }) => this.read(result),
        fail: () => this.setData({ problem: this.data.own.cancelled }),
      });
    },
    typing(event: Input) {
      this.setData({ typed: event.detail.value });
    },
    submit() {
      const code = readShortCode(this.data.typed);
      this.setData({ typed_problem: code === null ? this.data.t.typed_bad : "" });
      if (code !== null) miniPhone().bring({ code, typed: true });
    },
    back() {
      miniPhone().send({ type: "go", to: "home" });
    },
  },
});
