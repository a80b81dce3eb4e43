// Every failure in words with the next step. Pure: the H5 page and the mini-program say the same.
import { ApiError, NetworkError } from "../core/api.ts";
import { StoreFull } from "../core/device_store.ts";
import { triesLeft } from "../core/phone_api.ts";
import { TextRefused } from "../core/signed_text.ts";
import { fill } from "../shell/fill.ts";
import type { PhoneTexts } from "./texts.ts";

export function wordsFor(texts: PhoneTexts, error: unknown): string {
  if (error instanceof NetworkError) return texts.network;
  if (error instanceof StoreFull) return texts.store_full;
  if (error instanceof TextRefused) return texts.refused_text[error.fault];
  if (error instanceof Error && error.name === "KeyDamaged") return texts.key_damaged;
  if (!(error instanceof ApiError)) return texts.unknown;
  const left = error.code === "passphrase_wrong" ? triesLeft(error) : undefined;
  if (left === 0) return texts.by_code["certificate_unusable"] ?? texts.unknown;
  if (left !== undefined) return fill(texts.tries_left, { n: left });
  const said = texts.by_code[error.code] ?? (error.message || texts.unknown);
  return error.retry_after === undefined ? said : `${said} ${fill(texts.retry_after, { n: error.retry_after })}`;
}

export function loginIsOver(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "token_missing" || error.code === "session_missing");
}
