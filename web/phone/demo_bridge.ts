// The demo page around this one may fill in the login, bring a login code and fill in an SMS code. Only in demo
// mode, only from the page that frames this one, only from our own origin.
import type { Kind } from "../core/phone_api.ts";
import { readShortCode } from "../core/login_code.ts";
import type { App } from "./app.ts";
import { logOut } from "./home_view.ts";

export type DemoWish =
  | { qrgate: "fill_login"; kind: Kind; identity_number: string; password: string }
  | { qrgate: "open_code"; code: string }
  | { qrgate: "fill_sms"; code: string };

function set(id: string, value: string): void {
  const input = document.getElementById(id);
  if (!(input instanceof HTMLInputElement)) return;
  input.value = value;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

async function fillLogin(app: App, wish: Extract<DemoWish, { qrgate: "fill_login" }>): Promise<void> {
  if (app.flow.person) await logOut(app);
  const kind = document.getElementById(`kind-${wish.kind}`);
  if (kind instanceof HTMLInputElement) kind.click();
  set("identity_number", wish.identity_number);
  set("password", wish.password);
  document.getElementById("captcha")?.focus();
}

export function listenToDemo(app: App): void {
  if (window.parent === window) return;
  window.addEventListener("message", (event: MessageEvent<DemoWish>) => {
    if (event.origin !== location.origin || event.source !== window.parent) return;
    const wish = event.data;
    if (wish.qrgate === "fill_login") void fillLogin(app, wish);
    if (wish.qrgate === "fill_sms") set("sms_code", wish.code);
    if (wish.qrgate === "open_code") {
      const code = readShortCode(wish.code);
      if (code === null) return;
      app.send({ type: "code_read", wanted: { code, typed: true } });
      if (!app.flow.person) app.show();
    }
  });
}
