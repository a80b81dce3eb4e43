// `Send` over fetch. Calls of the phone carry a bearer token and never cookies.
import type { Answer, Call } from "../core/api.ts";

export async function fetchSend(call: Call): Promise<Answer> {
  const headers: Record<string, string> = {
    Accept: "application/json",
    "Accept-Language": document.documentElement.lang,
  };
  if (call.body !== undefined) headers["Content-Type"] = "application/json; charset=utf-8";
  if (call.token) headers["Authorization"] = `Bearer ${call.token}`;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), call.timeout_ms ?? 20_000);
  try {
    const response = await fetch(call.path, {
      method: call.method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      credentials: call.path.startsWith("/api/v1/phone/") ? "omit" : "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: stop.signal,
    });
    heardTime(response.headers.get("Date"));
    const text = await response.text();
    return { status: response.status, body: parse(text) };
  } finally {
    clearTimeout(timer);
  }
}

// Clocks of people's computers are wrong by hours; the server's own is in every answer.
let ahead_ms = 0;

function heardTime(date: string | null): void {
  const time = Date.parse(date ?? "");
  if (!Number.isNaN(time)) ahead_ms = time - Date.now();
}

export function serverNow(): number {
  return Date.now() + ahead_ms;
}

function parse(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null; // a proxy's own page
  }
}
