// Calls of the account page and what their failures mean in words. A session that is gone is told apart from every
// other refusal, because then nothing on the page is true any more.
import { ApiError, request, type Call } from "../core/api.ts";
import { fill } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";

export function call<T = null>(method: Call["method"], path: string, body?: object, timeout_ms?: number): Promise<T> {
  return request<T>(fetchSend, { method, path, ...(body && { body }), ...(timeout_ms && { timeout_ms }) });
}

export function isLoggedOut(error: unknown): boolean {
  return error instanceof ApiError && error.code === "session_missing";
}

export interface FailureTexts {
  no_network: string;
  unknown: string;
  retry: string; // {n} seconds
}

export function words(error: unknown, texts: FailureTexts): string {
  if (!(error instanceof ApiError)) return texts.no_network;
  const said = error.message || texts.unknown;
  return error.retry_after === undefined ? said : `${said} ${fill(texts.retry, { n: error.retry_after })}`;
}
