// Every word the account page's script says, in one language.
import type { FailureTexts } from "./account_call.ts";
import type { LevelTexts } from "./account_level.ts";
import type { LoginsTexts } from "./account_logins.ts";
import type { DeviceTexts } from "./account_view.ts";
import type { PasswordTexts } from "./change_password.ts";
import type { PhoneTexts } from "./change_phone.ts";
import type { PreferenceTexts } from "./preferences.ts";

export interface AccountTexts extends DeviceTexts, FailureTexts {
  ending: string;
  stay: string;
  extended: string;
  not_extended: string;
  ended: string;
  removed: string;
  try_again: string;
  over: { title: string; lines: string[]; again: string };
  levels_and_certificates: LevelTexts;
  logins: LoginsTexts;
  password: PasswordTexts;
  phone: PhoneTexts;
  display: PreferenceTexts;
}
