// What the SMS tab says; sms.zh.ts and sms.en.ts fill it in. They are in its own chunk.
import type { Kind } from "../core/identity.ts";

export interface SmsTexts {
  problem_title: string;
  title_prefix: string;
  kind: string;
  kinds: Record<Kind, string>;
  phone: string;
  phone_hint: string;
  phone_missing: string;
  phone_wrong: string;
  captcha: string;
  captcha_hint: string;
  captcha_note: string;
  captcha_again: string;
  captcha_missing: string;
  captcha_alt: string;
  captcha_new: string;
  captcha_failed: string;
  send: string;
  send_again: string;
  send_wait: string;
  sending: string;
  sent: string;
  say_sent: string;
  say_again: string;
  code: string;
  code_hint: string;
  code_missing: string;
  code_wrong: string;
  log_in: string;
  busy: string;
  done: string;
  no_network: string;
  unknown: string;
  retry_seconds: string;
  retry_minutes: string;
  nothing_came: string;
  check_phone: string; // instead of the first check, where this page sent nothing
  checks: string[];
  rules_title: string;
  rules: string[];
}
