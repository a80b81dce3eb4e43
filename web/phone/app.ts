// The phone page: holds the flow, draws one view at a time, moves the focus to its heading and performs what the
// view waits for. Views report back by events; every failure ends in words with the next step.
import type { Phone } from "../core/certificate.ts";
import { DeviceStore } from "../core/device_store.ts";
import { begin, next, type Event, type Flow, type Notice, type Wanted } from "../core/phone_flow.ts";
import { PhoneApi } from "../core/phone_api.ts";
import { easy } from "../shell/display.ts";
import { byId, el } from "../shell/dom.ts";
import type { PhoneTexts } from "./texts.ts";
import { webPlatform } from "./web_platform.ts";
import { loginIsOver, wordsFor } from "./words.ts";

export interface Shown {
  title: string;
  body: (Node | string)[];
  focus?: HTMLElement; // instead of the heading
  leave?: () => void; // timers, cameras, waiting calls
}

export type DrawView = (app: App) => Shown;

export class App {
  readonly texts: PhoneTexts;
  readonly phone: Phone;
  demo = false;
  flow: Flow;
  private readonly draw: (flow: Flow) => DrawView;
  private leave: () => void = () => {};

  constructor(texts: PhoneTexts, draw: (flow: Flow) => DrawView, wanted: Wanted | null) {
    this.texts = texts;
    this.draw = draw;
    this.phone = { platform: webPlatform, api: new PhoneApi(webPlatform.send, easy), store: new DeviceStore(webPlatform) };
    const saved = this.phone.store.login();
    this.phone.api.token = saved?.token ?? null;
    this.flow = begin(saved?.person ?? null, wanted);
  }

  send(event: Event): void {
    const before = this.flow.view;
    this.flow = next(this.flow, event);
    if (this.flow.view !== before) this.show();
  }

  show(): void {
    this.leave();
    const shown = this.draw(this.flow)(this);
    this.leave = shown.leave ?? (() => {});
    const heading = el("h1", { id: "heading", tabindex: "-1" }, shown.title);
    const { view } = this.flow;
    const notice = "notice" in view && view.notice ? [noticeOf(view.notice)] : [];
    byId("view").replaceChildren(heading, ...notice, ...shown.body);
    byId("view").dataset["view"] = view.at;
    document.title = `${shown.title} · ${this.texts.site}`;
    window.scrollTo(0, 0);
    (shown.focus ?? heading).focus({ preventScroll: true });
    this.say("notice" in view ? (view.notice?.text ?? "") : "");
  }

  // Live region: only what a person who does not see the page must know now.
  say(text: string): void {
    byId("live").textContent = text;
  }

  // A login that is over leads back to it, whatever was being done. true where that was the case.
  lost(error: unknown): boolean {
    if (!loginIsOver(error)) return false;
    this.forgetLogin();
    this.send({ type: "login_lost", notice: { tone: "info", text: this.texts.session_over } });
    return true;
  }

  forgetLogin(): void {
    this.phone.store.forgetLogin();
    this.phone.api.token = null;
  }

  words(error: unknown): string {
    return wordsFor(this.texts, error);
  }
}

function noticeOf(notice: Notice): HTMLElement {
  return el("div", { class: notice.tone === "problem" ? "banner warn" : "banner" }, el("p", {}, notice.text));
}
