// The mini-program's phone: one for all pages, made at the first use. Pages report events; the flow (core/phone_flow.ts)
// says where that leads, and this goes there. Every failure ends in words with the next step.
import { ApiError, type Person } from "../../core/api.ts";
import type { Phone } from "../../core/certificate.ts";
import { DeviceStore } from "../../core/device_store.ts";
import { begin, next, type Event, type Flow, type Notice, type Wanted } from "../../core/phone_flow.ts";
import { PhoneApi } from "../../core/phone_api.ts";
import { loginIsOver, wordsFor } from "../../phone/words.ts";
import { config } from "../config.ts";
import type { MiniTexts } from "./text_types.ts";
import { miniTexts } from "./texts.ts";
import { soter } from "./soter.ts";
import { wxPlatform } from "./wx_platform.ts";

// opening, review and outcome are one page: what the person sees there changes without a new page. So are the steps of
// raising the level.
const pages: Record<string, string> & { login: string; home: string } = {
  login: "/pages/login/login",
  home: "/pages/home/home",
  certificates: "/pages/certificates/certificates",
  certificate: "/pages/certificate/certificate",
  raise: "/pages/proofing/proofing",
  proofing: "/pages/proofing/proofing",
  checking: "/pages/proofing/proofing",
  scan: "/pages/scan/scan",
  opening: "/pages/confirm/confirm",
  review: "/pages/confirm/confirm",
  outcome: "/pages/confirm/confirm",
};

// Above these a page is opened, and 返回 leads back; from others it takes their place.
const roots = ["/pages/home/home", "/pages/certificates/certificates"];

export class MiniPhone {
  readonly texts: MiniTexts;
  readonly phone: Phone;
  readonly origin = config.origin;
  flow: Flow;
  private known: Promise<boolean> | null = null;
  private readonly watchers = new Set<() => void>();

  constructor() {
    const language = wx.getAppBaseInfo?.().language ?? "zh_CN";
    this.texts = miniTexts(language);
    const platform = wxPlatform(this.origin, this.texts.language, soter(this.texts.own.certificate.finger_words));
    this.phone = { platform, api: new PhoneApi(platform.send), store: new DeviceStore(platform) };
    const saved = this.phone.store.login();
    this.phone.api.token = saved?.token ?? null;
    this.flow = begin(saved?.person ?? null, null);
  }

  // Is it a demo? A server that cannot be asked is none, and is asked again next time.
  demo(): Promise<boolean> {
    this.known ??= this.phone.api.context().then(
      ({ demo }) => demo === true,
      () => {
        this.known = null;
        return false;
      },
    );
    return this.known;
  }

  send(event: Event): void {
    const before = this.flow.view;
    this.flow = next(this.flow, event);
    if (this.flow.view === before) return;
    const url = pages[this.flow.view.at];
    if (url !== undefined && url !== `/${here()}`) go(url);
    for (const watcher of [...this.watchers]) watcher();
  }

  // A code brought from outside: WeChat's own scanner, or a mini-program code.
  bring(wanted: Wanted): void {
    this.send({ type: "code_read", wanted });
    if (this.flow.person === null && here() !== "pages/login/login") go(pages.login);
  }

  // Called after each change of the view, until what it gives back is called.
  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => void this.watchers.delete(changed);
  }

  // A page that needs somebody logged in. false: on the way to the login.
  needsLogin(): boolean {
    if (this.flow.person !== null) return true;
    go(pages.login);
    return false;
  }

  // A person who went back by WeChat's own button is where they see themselves.
  cameTo(at: "home" | "scan" | "certificates" | "certificate"): void {
    if (this.flow.person !== null && this.flow.view.at !== at) this.flow = next(this.flow, { type: "go", to: at });
  }

  notice(): Notice | null {
    const { view } = this.flow;
    return "notice" in view ? (view.notice ?? null) : null;
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

  // Gone from here in any case; the server's side ends by itself if it cannot be told.
  async logOut(): Promise<void> {
    await this.phone.api.logout().catch(() => undefined);
    this.forgetLogin();
    this.send({ type: "logged_out" });
  }

  // The server says that the person has another level now.
  levelChanged(person: Person): void {
    const saved = this.phone.store.login();
    if (saved) this.phone.store.saveLogin({ ...saved, person });
    this.send({ type: "level_changed", person });
  }

  words(error: unknown): string {
    return wordsFor(this.texts, error);
  }

  needsProofing(error: unknown): boolean {
    return error instanceof ApiError && (error.code === "proofing_needed" || error.code === "level_too_low");
  }
}

function here(): string {
  const stack = getCurrentPages();
  return stack[stack.length - 1]?.route ?? "";
}

function go(url: string): void {
  if (url === pages.login || url === pages.home) wx.reLaunch({ url });
  else if (roots.includes(`/${here()}`)) wx.navigateTo({ url });
  else wx.redirectTo({ url });
}

let one: MiniPhone | null = null;

export function miniPhone(): MiniPhone {
  one ??= new MiniPhone();
  return one;
}
