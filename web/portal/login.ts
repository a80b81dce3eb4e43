// The login page: three tabs. The password form works without any of this; the others are loaded when they are opened.
import { startDisplay } from "../shell/display.ts";
import { byId } from "../shell/dom.ts";
import { early } from "../shell/early.ts";
import type { LoginTexts } from "./login_texts.ts";
import { startPasswordForm } from "./password_form.ts";
import type { startQrTab } from "./qr_tab.ts";
import { startTabs } from "./tabs.ts";

type QrTab = ReturnType<typeof startQrTab>;

// `loadSms`: the SMS tab in the page's language.
export function start(texts: LoginTexts, loadSms: () => Promise<{ openSms(panel: HTMLElement): void }>): void {
  startDisplay();
  let openPassword: (() => void) | undefined;
  // Where the page named the script itself it is there already.
  const loadQr = async (): Promise<QrTab> => (early.startQrTab ?? (await import("./qr_tab.ts")).startQrTab)(byId("panel-qr"), texts.qr);
  let tab: Promise<QrTab> | undefined;
  let sms: Promise<void> | undefined;
  startTabs(["password", "sms", "qr"], (name) => {
    if (name === "password") (openPassword ??= startPasswordForm(texts))();
    if (name === "sms") sms ??= loadSms().then(({ openSms }) => openSms(byId("panel-sms")));
    if (name === "qr") tab ??= loadQr();
    void tab?.then((tell) => tell({ type: name === "qr" ? "opened" : "left" }));
  });
}
