// 账户: the computers that are logged in, each with 这不是我; large text; logging out.
import { fill } from "../../../shell/fill.ts";
import { display, setEasy } from "../../shared/display.ts";
import { localTime } from "../../shared/local_time.ts";
import { miniPhone, type MiniPhone } from "../../shared/mini_phone.ts";
import { toast, type Tap } from "../../shared/per_page.ts";
import { miniTexts } from "../../shared/texts.ts";

const texts = miniTexts("zh_CN");

interface PcSession {
  id: string;
  method?: string;
  browser?: string;
  address?: string;
  place?: string;
  opened_at?: string;
}

interface Row {
  id: string;
  line: string;
  where: string;
  label: string;
}

function rowOf(mini: MiniPhone, one: PcSession): Row {
  const t = mini.texts.own.account;
  const method = t.methods[one.method ?? ""] ?? one.method ?? "";
  const where = [one.browser, one.place, one.address].filter(Boolean).join(" · ");
  return { id: one.id, line: fill(t.line, { method, time: localTime(one.opened_at ?? "") }), where, label: `${t.undo} ${where}` };
}

Component({
  data: {
    page_class: "page",
    page_style: "",
    easy: false,
    t: texts.own.account,
    home: texts.home,
    loading: true,
    problem: "",
    notice: "",
    rows: [] as Row[],
    asking: "",
    busy: false,
  },
  pageLifetimes: {
    show() {
      const mini = miniPhone();
      this.setData({ ...display(), t: mini.texts.own.account, home: mini.texts.home });
      if (mini.needsLogin()) void this.load();
    },
  },
  methods: {
    async load() {
      const mini = miniPhone();
      try {
        const { sessions } = await mini.phone.api.sessions();
        this.setData({ loading: false, problem: "", asking: "", rows: sessions.map((one) => rowOf(mini, one)) });
      } catch (error) {
        if (!mini.lost(error)) this.setData({ loading: false, problem: mini.words(error) });
      }
    },
    ask(event: Tap) {
      this.setData({ asking: event.currentTarget.dataset["id"] ?? "" });
    },
    keep() {
      this.setData({ asking: "" });
    },
    async undo() {
      const mini = miniPhone();
      if (this.data.busy || this.data.asking === "") return;
      this.setData({ busy: true });
      try {
        await mini.phone.api.undo(this.data.asking);
        this.setData({ notice: this.data.t.undone });
        await this.load();
      } catch (error) {
        if (!mini.lost(error)) this.setData({ problem: mini.words(error) });
      } finally {
        this.setData({ busy: false });
      }
    },
    certificates() {
      wx.navigateTo({ url: "/pages/certificates/certificates" });
    },
    toggleEasy() {
      setEasy(!this.data.easy);
      this.setData({ ...display() });
      toast(this.data.easy ? this.data.t.easy_on : this.data.t.easy_off);
    },
    async logOut() {
      if (this.data.busy) return;
      this.setData({ busy: true });
      await miniPhone().logOut();
    },
  },
});
