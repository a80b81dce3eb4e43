// The SMS tab: number and captcha for a code, the code for a session. Its own download. What was typed stays after
// every failure; a deadline in the tab's storage keeps the wait between two texts over a reload.
import { ApiError, request } from "../core/api.ts";
import { codeIn, isPhone, maskedPhone, tidyPhone } from "../core/phone_number.ts";
import { byId, el, fill } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import { startCaptcha } from "./captcha.ts";
import type { SmsTexts } from "./sms_texts.ts";
import { drawSmsPanel } from "./sms_view.ts";

type Problems = [field: string, text: string][];
interface Sent {
  expires_in: number;
  resend_in: number;
}

const memory = "qrgate-sms-wait"; // deadline and masked number: nothing that says whose

export function startSmsTab(panel: HTMLElement, texts: SmsTexts): void {
  drawSmsPanel(panel, texts);
  const form = byId<HTMLFormElement>("sms-form");
  const phone = byId<HTMLInputElement>("sms-phone");
  const captcha = byId<HTMLInputElement>("sms-captcha");
  const code = byId<HTMLInputElement>("sms-code");
  const send = byId("sms-send");
  const say = (text: string): void => void (byId("sms-status").textContent = text);
  const title = document.title;
  const picture = startCaptcha(texts, say, "sms-");
  const kind = (): string => (byId<HTMLInputElement>("sms-corporate").checked ? "corporate" : "personal");

  // --- the wait between two texts
  let until = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  function tick(): void {
    const left = Math.ceil((until - Date.now()) / 1000);
    send.textContent = left > 0 ? fill(texts.send_wait, { n: left }) : texts.send_again;
    if (left > 0) return;
    clearInterval(timer);
    send.removeAttribute("aria-disabled");
    byId("sms-nothing").hidden = false;
    say(texts.say_again);
  }

  function hold(deadline: number): void {
    until = deadline;
    send.setAttribute("aria-disabled", "true");
    clearInterval(timer);
    timer = setInterval(tick, 1000);
    tick();
  }

  function wait(deadline: number, to: string): void {
    byId("sms-sent").textContent = fill(texts.sent, { phone: to });
    byId("sms-check-phone").textContent = fill(texts.checks[0] ?? "", { phone: to });
    hold(deadline);
  }

  function remember(deadline: number, to: string): void {
    try {
      sessionStorage.setItem(memory, JSON.stringify([deadline, to]));
    } catch {
      // Without storage a reload forgets the wait; the server still knows it.
    }
  }

  function recall(): void {
    try {
      const [deadline, to] = JSON.parse(sessionStorage.getItem(memory) ?? "[]") as [number?, string?];
      if (deadline !== undefined && to !== undefined && deadline > Date.now()) wait(deadline, to);
    } catch {
      // Not ours, or no storage.
    }
  }

  // --- problems
  function mark(input: HTMLInputElement, text: string): void {
    byId(`${input.id}-problem`).textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  function show(problems: Problems): void {
    for (const input of [phone, captcha, code]) mark(input, problems.find(([field]) => field === input.id)?.[1] ?? "");
    const summary = byId("sms-problem");
    summary.hidden = problems.length === 0;
    document.title = problems.length === 0 ? title : texts.title_prefix + title;
    if (problems.length === 0) return;
    byId("sms-problem-list").replaceChildren(
      ...problems.map(([field, text]) => el("li", {}, field ? el("a", { href: `#${field}` }, text) : text)),
    );
    summary.focus();
  }

  function phoneProblem(): string {
    if (phone.value === "") return texts.phone_missing;
    return isPhone(phone.value) ? "" : texts.phone_wrong;
  }

  function failed(error: unknown): void {
    say("");
    if (!(error instanceof ApiError)) return show([["", texts.no_network]]);
    const fields = Object.entries(error.fields).map(([field, text]): [string, string] => [`sms-${field}`, text]);
    const problems: Problems = fields.length > 0 ? fields : [[field(error.code), error.message || texts.unknown]];
    const left = error.retry_after;
    if (left !== undefined) problems.push(["", left > 90 ? fill(texts.retry_minutes, { n: Math.ceil(left / 60) }) : fill(texts.retry_seconds, { n: left })]);
    if (error.code === "code_wrong") problems.push(["", texts.code_wrong]);
    show(problems);
  }
  const field = (errorCode: string): string => ({ captcha_wrong: "sms-captcha", code_wrong: "sms-code" })[errorCode] ?? "";

  // --- the two calls
  async function getCode(): Promise<void> {
    phone.value = tidyPhone(phone.value);
    const answer = await picture.answer();
    const problems: Problems = [];
    if (phoneProblem()) problems.push(["sms-phone", phoneProblem()]);
    if (answer === null) problems.push(["sms-captcha", texts.captcha_missing]);
    show(problems);
    if (problems.length > 0) return;
    say(texts.sending);
    const to = maskedPhone(phone.value);
    try {
      const body = { kind: kind(), phone: phone.value, ...answer };
      const sent = await request<Sent>(fetchSend, { method: "POST", path: "/api/v1/sms/login", body });
      const deadline = Date.now() + sent.resend_in * 1000;
      wait(deadline, to);
      remember(deadline, to);
      say(fill(texts.say_sent, { phone: to }));
      picture.failed(undefined); // used up; another text needs another one
      code.focus();
    } catch (error) {
      const known = error instanceof ApiError ? error : undefined;
      // Too early leaves the captcha, and the server says how long the button has to wait, also after a reload.
      if (known?.code !== "too_many" || known.captcha) picture.failed(known?.captcha);
      if (known?.code === "too_many" && (known.retry_after ?? 99) <= 60) hold(Date.now() + (known.retry_after ?? 0) * 1000);
      failed(error);
    }
  }

  async function logIn(): Promise<void> {
    phone.value = tidyPhone(phone.value);
    code.value = codeIn(code.value) || code.value.trim();
    const problems: Problems = [];
    if (phoneProblem()) problems.push(["sms-phone", phoneProblem()]);
    if (!/^\d{6}$/.test(code.value)) problems.push(["sms-code", texts.code_missing]);
    show(problems);
    if (problems.length > 0) return;
    say(texts.busy);
    try {
      const body = { kind: kind(), phone: phone.value, code: code.value };
      const { redirect_to } = await request<{ redirect_to: string }>(fetchSend, { method: "POST", path: "/api/v1/login/sms", body });
      say(texts.done);
      location.assign(redirect_to);
    } catch (error) {
      failed(error);
    }
  }

  // One call at a time, and the focus stays where it is.
  let busy = false;
  function once(call: () => Promise<void>): void {
    if (busy) return;
    busy = true;
    void call().finally(() => (busy = false));
  }

  const trySend = (): void => void (send.getAttribute("aria-disabled") === "true" || once(getCode));
  send.addEventListener("click", trySend);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Enter in the number or the captcha, before there is a code, means the code.
    if (code.value === "" && until === 0 && document.activeElement !== byId("sms-log-in")) trySend();
    else once(logIn);
  });
  phone.addEventListener("change", () => {
    phone.value = tidyPhone(phone.value);
    mark(phone, phone.value === "" ? "" : phoneProblem());
  });
  code.addEventListener("input", () => {
    // A whole message, pasted or filled in by the phone's keyboard.
    if (code.value.trim().length > 6 && codeIn(code.value) !== "") code.value = codeIn(code.value);
    mark(code, "");
  });
  captcha.addEventListener("input", () => mark(captcha, ""));
  recall();
  void picture.renew();
}
