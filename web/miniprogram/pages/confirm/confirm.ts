// 确认: what is going to happen, from the text that is signed; refused as easily as confirmed; then what became of it.
// Confirming opens after three seconds, so that nobody confirms by a reflex. Leaving without an answer refuses.
import { ApiError } from "../../../core/api.ts";
import { signText } from "../../../core/certificate.ts";
import { confirmTicket, openTicket } from "../../../core/open_ticket.ts";
import { KeyDamaged } from "../../../core/passphrase.ts";
import type { Scan, TicketState } from "../../../core/phone_api.ts";
import { isFinal } from "../../../core/phone_flow.ts";
import type { LoginText } from "../../../core/signed_text.ts";
import { watchTicket } from "../../../core/watch_ticket.ts";
import { startCountdown } from "../../../phone/countdown.ts";
import { fill } from "../../../shell/fill.ts";
import { display } from "../../shared/display.ts";
import { miniPhone, type MiniPhone } from "../../shared/mini_phone.ts";
import { localTime } from "../../shared/local_time.ts";
import { perPage, type Input } from "../../shared/per_page.ts";
import { miniTexts } from "../../shared/texts.ts";

const guardS = 3;
const texts = miniTexts("zh_CN");

interface Own {
  drawn: object | null; // the view that is on the screen
  unwatch: () => void;
  stopGuard: () => void;
  stopTicket: () => void;
  guard: number; // seconds until confirming opens
  working: boolean;
}
const own = perPage<Own>(() => ({
  drawn: null,
  unwatch: () => {},
  stopGuard: () => {},
  stopTicket: () => {},
  guard: guardS,
  working: false,
}));

function facts(mini: MiniPhone, scan: Scan, login: LoginText): { name: string; value: string }[] {
  const { rows, unknown, place_note, same_device } = mini.texts.review;
  const known = (value: string) => (value === "unknown" ? unknown : value);
  const device = scan.same_device ? [{ name: rows.device, value: same_device }] : [];
  return [
    ...device,
    { name: rows.origin, value: login.origin.replace(/^https?:\/\//, "") },
    { name: rows.browser, value: known(login.family) },
    { name: rows.os, value: known(login.os) },
    { name: rows.place, value: scan.browser.place ? scan.browser.place + place_note : unknown },
    { name: rows.address, value: login.address },
    { name: rows.started, value: localTime(login.started) },
    { name: rows.expires, value: localTime(login.expires) },
  ];
}

async function signed(mini: MiniPhone, scan: Scan, login: LoginText, passphrase: string): Promise<string> {
  const key = mini.phone.store.keys(login.person).find(({ serial }) => serial === login.certificate);
  if (!key) throw new KeyDamaged("no key");
  return signText(mini.phone, key, passphrase, scan.text);
}

Component({
  data: {
    page_class: "page",
    page_style: "",
    at: "opening",
    opening: texts.opening,
    t: texts.review,
    o: texts.outcome,
    secret: texts.secret,
    facts: [] as { name: string; value: string }[],
    passphrase: "",
    passphrase_shown: false,
    passphrase_problem: "",
    guard_open: false,
    guard_text: "",
    busy: "",
    problem: "",
    title: "",
    text: "",
    code: "",
    code_spoken: "",
    session: "",
    final: false,
    done: false,
  },
  lifetimes: {
    attached() {
      const mini = miniPhone();
      const { page_class, page_style } = display();
      const { opening, review, outcome, secret } = mini.texts;
      this.setData({ page_class, page_style, opening, t: review, o: outcome, secret });
      own(this).unwatch = mini.watch(() => this.draw());
      if (mini.needsLogin()) this.draw();
    },
    detached() {
      const mini = miniPhone();
      const mine = own(this);
      mine.unwatch();
      this.leaveView();
      const { view } = mini.flow;
      if (view.at === "review" && !mine.working) void mini.phone.api.deny(view.scan.ticket).catch(() => undefined);
    },
  },
  methods: {
    leaveView() {
      own(this).stopGuard();
      own(this).stopTicket();
    },
    draw() {
      const { view } = miniPhone().flow;
      if (own(this).drawn === view) return;
      own(this).drawn = view;
      this.leaveView();
      if (view.at === "opening") void this.open();
      else if (view.at === "review") this.drawReview(view.scan, view.login);
      else if (view.at === "outcome") this.drawOutcome();
    },
    async open() {
      const mini = miniPhone();
      const { view, wanted } = mini.flow;
      this.setData({ at: "opening" });
      if (!wanted) return;
      try {
        const opened = await openTicket(mini.phone, wanted, mini.origin);
        if (mini.flow.view !== view) return;
        if (opened === "certificate_needed") mini.send({ type: opened, notice: { tone: "info", text: mini.texts.need_certificate } });
        else mini.send({ type: "scanned", ...opened });
      } catch (error) {
        if (mini.flow.view !== view || mini.lost(error)) return;
        const home = error instanceof ApiError && /^(level_too_low|certificate_)/.test(error.code);
        mini.send({ type: "scan_refused", to: home ? "home" : "scan", notice: { tone: "problem", text: mini.words(error) } });
      }
    },
    drawReview(scan: Scan, login: LoginText) {
      const mine = own(this);
      mine.working = false;
      this.setData({ at: "review", facts: facts(miniPhone(), scan, login), passphrase: "", passphrase_shown: false });
      this.setData({ passphrase_problem: "", problem: "", busy: "", guard_open: false });
      mine.stopGuard = startCountdown(guardS, (left) => {
        mine.guard = left;
        const { guard_left, guard_over } = this.data.t;
        this.setData({ guard_open: left === 0, guard_text: left > 0 ? fill(guard_left, { n: left }) : guard_over });
      });
      this.follow(scan.ticket);
    },
    drawOutcome() {
      const mini = miniPhone();
      const { view } = mini.flow;
      if (view.at !== "outcome") return;
      const { outcome } = mini.texts;
      const code = view.became === "confirmed" ? (view.code ?? "") : "";
      const final = isFinal(view.became);
      this.setData({
        at: "outcome",
        title: code === "" ? outcome.title[view.became] : outcome.code_title,
        text: code === "" ? outcome.text[view.became] : outcome.code_text,
        code,
        code_spoken: Array.from(code).join(" "),
        session: view.became === "redeemed" ? (view.session ?? "") : "",
        final,
        done: view.became === "redeemed" || view.became === "undone",
        problem: "",
        busy: "",
      });
      if (!final) this.follow(view.ticket, view.became === "asking");
    },
    follow(ticket: string, atOnce = false) {
      const mini = miniPhone();
      const watcher = {
        became: (state: TicketState, session: string | undefined) => mini.send({ type: "became", state, ...(session !== undefined && { session }) }),
        lost: (error: unknown) => mini.lost(error),
      };
      own(this).stopTicket = watchTicket(mini.phone.api, ticket, watcher, atOnce);
    },
    typed(event: Input) {
      this.setData({ passphrase: event.detail.value });
    },
    togglePassphrase() {
      this.setData({ passphrase_shown: !this.data.passphrase_shown });
    },
    async confirm() {
      const mini = miniPhone();
      const { view } = mini.flow;
      const mine = own(this);
      if (mine.working || mine.guard > 0 || view.at !== "review") return;
      const { passphrase, t } = this.data;
      this.setData({ passphrase_shown: false, problem: "", passphrase_problem: passphrase === "" ? t.passphrase_missing : "" });
      if (passphrase === "") return;
      mine.working = true;
      this.setData({ busy: t.busy });
      try {
        const signature = await signed(mini, view.scan, view.login, passphrase);
        mini.send(await confirmTicket(mini.phone, view.scan, view.login, signature));
      } catch (error) {
        mine.working = false;
        if (mini.lost(error)) return;
        const wrong = error instanceof ApiError && error.code === "passphrase_wrong";
        const said = mini.words(error);
        this.setData({ busy: "", ...(wrong ? { passphrase: "", passphrase_problem: said } : { problem: said }) });
      }
    },
    async deny() {
      const mini = miniPhone();
      const { view } = mini.flow;
      const mine = own(this);
      if (mine.working || view.at !== "review") return;
      mine.working = true;
      this.setData({ busy: this.data.t.denying, problem: "" });
      try {
        await mini.phone.api.deny(view.scan.ticket);
        mini.send({ type: "became", state: "denied" });
      } catch (error) {
        mine.working = false;
        if (!mini.lost(error)) this.setData({ busy: "", problem: mini.words(error) });
      }
    },
    async undo() {
      const mini = miniPhone();
      if (this.data.busy !== "") return;
      this.setData({ busy: this.data.o.undoing, problem: "" });
      try {
        await mini.phone.api.undo(this.data.session);
        mini.send({ type: "undone" });
      } catch (error) {
        if (!mini.lost(error)) this.setData({ busy: "", problem: mini.words(error) });
      }
    },
    again() {
      miniPhone().send({ type: "go", to: "scan" });
    },
    home() {
      miniPhone().send({ type: "go", to: "home" });
    },
  },
});
