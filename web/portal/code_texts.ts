// What the scripts of the registration and reset pages say; code_zh.ts and code_en.ts hold what both share.
import type { Rule } from "../core/password_rules.ts";
import type { LoginTexts } from "./login_texts.ts";

// The same field, the same words as on the login page.
type SharedTexts = Omit<LoginTexts, "qr" | "password_missing" | "busy" | "done" | "must_change" | "check" | "shift" | "reset" | "reset_link">;

export interface CodeTexts extends SharedTexts {
  name: Record<"personal" | "corporate", string>;
  name_wrong: Record<"personal" | "corporate", string>;
  phone_wrong: string;
  code_wrong: string;
  sending: string;
  finishing: string;
  resend: string;
  resend_in: string;
  rule: Record<Rule, string>;
  met: string;
  unmet: string;
  left: string;
  all_met: string;
  not_yet: string;
  foreign: string;
  blank: string;
  ticket_over: string;
}

export interface PageTexts extends CodeTexts {
  sent: string;
}
