// The login page: two tabs. The password form works without any of this; the QR tab is loaded when it is opened.
import { startDisplay } from "../shell/display.ts";
import { byId } from "../shell/dom.ts";
import type { LoginTexts } from "./login_texts.ts";
import { startPasswordForm } from "./password_form.ts";
import type { QrTab } from "./qr_tab.ts";
import { startTabs } from "./tabs.ts";

export function start(texts: LoginTexts): void {
  startDisplay();
  startPasswordForm(texts);

  let tab: Promise<QrTab> | undefined;
  startTabs(["password", "qr"], (name) => {
    if (name === "qr") tab ??= import("./qr_tab.ts").then(({ startQrTab }) => startQrTab(byId("panel-qr"), texts.qr));
    void tab?.then((qr) => (name === "qr" ? qr.open() : qr.leave()));
  });
}
