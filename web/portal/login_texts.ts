// What the scripts of the login page say; login.zh.ts and login.en.ts fill it in.
import type { Kind, NumberFault } from "../core/identity.ts";
import type { TypingFault } from "../core/typing.ts";
import type { Announcement } from "../core/wait_state.ts";

export interface LoginTexts {
  number: Record<Kind, string>;
  number_hint: Record<Kind, string>;
  fault: Record<NumberFault["fault"], string>;
  password_missing: string;
  captcha_missing: string;
  show: [text: string, label: string];
  hide: [text: string, label: string];
  password_shown: string;
  password_hidden: string;
  caps: string;
  typing: Record<TypingFault["fault"], string>;
  wide: string;
  check: string;
  shift: string;
  reset: string;
  reset_link: string;
  captcha_alt: string;
  captcha_new: string;
  captcha_failed: string;
  title_prefix: string;
  busy: string;
  done: string;
  no_network: string;
  unknown: string;
  retry_seconds: string;
  retry_minutes: string;
  must_change: string;
  qr: QrTexts;
}

export interface QrTexts {
  steps: string[];
  label: string;
  short_code: string;
  loading: string;
  refresh: string;
  use_here: string;
  retry: string;
  hint: string;
  easy: string;
  not_me: string;
  code_label: string;
  code_missing: string;
  code_send: string;
  failed: string;
  view: Record<"scanned" | "redeeming" | "expired" | "superseded" | "full" | "paused" | "denied" | "cancelled" | "offline", string>;
  say: Record<Announcement, string>;
}
