// Calls of docs/protocol.md: typed answers, typed errors. How a request travels is passed in as `Send` (fetch in a page,
// wx.request in the mini-program), so nothing here knows a browser.

export interface Call {
  method: "GET" | "POST" | "DELETE";
  path: string;
  body?: unknown;
  token?: string; // bearer token of the phone
  timeout_ms?: number;
}

export interface Answer {
  status: number;
  body: unknown; // parsed JSON; null where there is none
}

// Rejects only when no answer came (no network, timed out).
export type Send = (call: Call) => Promise<Answer>;

export interface Captcha {
  id: string;
  image: string;
  audio?: string;
  expires_in: number;
}

// What a call sends of it, whichever way was taken: typed what is drawn or spoken, or the browser's work.
export type CaptchaAnswer = { captcha_id: string; captcha: string } | { altcha: string };

export interface Person {
  id: string;
  kind: "personal" | "corporate";
  name_masked: string;
  level: number;
}

// The server said no. `beside` is what stood next to `error` (captcha, reset_ticket, tries_left …).
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly fields: Record<string, string>;
  readonly retry_after: number | undefined;
  readonly captcha: Captcha | undefined;
  readonly beside: Record<string, unknown>;

  constructor(status: number, body: unknown) {
    const { error, ...beside } = asRecord(body);
    const problem = asRecord(error);
    super(typeof problem["message"] === "string" ? problem["message"] : "");
    this.status = status;
    this.code = typeof problem["code"] === "string" ? problem["code"] : "busy";
    this.fields = asRecord(problem["fields"]) as Record<string, string>;
    this.retry_after = typeof problem["retry_after"] === "number" ? problem["retry_after"] : undefined;
    this.captcha = asRecord(beside["captcha"])["id"] ? (beside["captcha"] as Captcha) : undefined;
    this.beside = beside;
  }
}

// No answer came: nothing is known about what the server did.
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export async function request<T>(send: Send, call: Call): Promise<T> {
  let answer: Answer;
  try {
    answer = await send(call);
  } catch (cause) {
    throw new NetworkError("no answer", { cause });
  }
  if (answer.status < 200 || answer.status > 299) throw new ApiError(answer.status, answer.body);
  return answer.body as T;
}
