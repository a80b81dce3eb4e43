// The account's display choices: taken over on this phone once after a login, and changed with the page's head. What
// cannot be asked or told now changes nothing else.
import type { Preferences } from "../core/phone_api.ts";
import { choose, isBig, isChosen, rememberLanguage } from "../shell/display.ts";
import type { App } from "./app.ts";

let asked_for: string | null = null; // the login whose account was asked
let asking = false;
let pressed = false; // while it was being asked: what somebody chose just now comes first
let language: Preferences["language"] = "";

export async function followPreferences(app: App): Promise<void> {
  const { token } = app.phone.api;
  if (token === null || token === asked_for) return;
  asked_for = token;
  asking = true;
  pressed = false;
  const account = await app.phone.api.preferences().catch(() => null);
  asking = false;
  language = account?.language ?? "";
  if (pressed) return keepPreferences(app);
  if (!account?.chosen) return;
  choose("big", account.easy);
  choose("contrast", account.contrast);
  if (language) rememberLanguage(language === "zh" ? "zh-CN" : "en"); // the next page speaks it
}

export async function keepPreferences(app: App): Promise<void> {
  if (app.phone.api.token === null || app.phone.api.token !== asked_for) return;
  if (asking) {
    pressed = true;
    return;
  }
  await app.phone.api.setPreferences({ easy: isBig(), contrast: isChosen("contrast"), language }).catch(() => undefined);
}
