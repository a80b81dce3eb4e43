// The two pages that end in a new password (registration, forgotten password): who it is, a code by text, the
// password. One form, its steps shown one after the other; what was typed stays, whatever fails.
import { ApiError, request, type CaptchaAnswer } from "../core/api.ts";
import { isName, tidyDigits } from "../core/applicant.ts";
import { checkNumber, tidyNumber, type Kind } from "../core/identity.ts";
import { isPhone, maskedPhone, tidyPhone } from "../core/phone_number.ts";
import { startDisplay } from "../shell/display.ts";
import { byId, fill } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import { startCaptcha } from "./captcha.ts";
import { serverProblems, startSummary, type Problems } from "./code_problems.ts";
import type { PageTexts } from "./code_texts.ts";
import { startNewPassword } from "./new_password.ts";
import { startPasswordField } from "./password_field.ts";
import { startResend } from "./resend.ts";

export type Step = "who" | "ticket" | "code" | "done";

export interface CodePage {
  calls: "/api/v1/register" | "/api/v1/password/reset";
  sealed: "registration" | "reset";
  password: "password" | "new_password"; // what the call names it
  applicant: boolean; // asks for name and phone
  ticket?: () => string | null; // stands for the first step
  over?: () => void; // the ticket is used or refused
}

const GAP_S = 60; // between two texts; protocol.md section 2

export function startCodePage(page: CodePage, texts: PageTexts): void {
  startDisplay();
  const form = byId<HTMLFormElement>("code-form");
  const input = (id: string): HTMLInputElement => byId<HTMLInputElement>(id);
  const typed = [...(page.applicant ? ["identity_number", "name", "phone"] : ["identity_number"]), "captcha", "code", "password"];
  const { mark, show } = startSummary(typed, texts.title_prefix);
  const say = (text: string): void => void (byId("form-status").textContent = text);
  const picture = startCaptcha(texts, say);
  const hidePassword = startPasswordField(texts, say);
  const newPassword = startNewPassword(texts, () => ({ number: input("identity_number").value, phone: page.applicant ? input("phone").value : "" }));
  const resend = startResend(byId("resend"), texts, () => void another());
  let step: Step = "who";
  let sealed = "";

  const kind = (): Kind => (new FormData(form).get("kind") === "corporate" ? "corporate" : "personal");

  function showKind(): void {
    byId("number-label").textContent = texts.number[kind()];
    input("identity_number").placeholder = texts.number_hint[kind()];
    if (!page.applicant) return;
    byId("name-label").textContent = texts.name[kind()];
    input("name").autocomplete = kind() === "personal" ? "name" : "organization";
  }

  function open(next: Step): void {
    step = next;
    for (const each of ["who", "ticket", "code", "done"]) {
      const section = document.getElementById(`step-${each}`);
      if (section) section.hidden = each !== next;
    }
  }

  function tidy(): void {
    input("identity_number").value = tidyNumber(input("identity_number").value);
    input("code").value = tidyDigits(input("code").value);
    if (!page.applicant) return;
    input("phone").value = tidyPhone(input("phone").value);
    input("name").value = input("name").value.trim();
  }

  function problemOf(id: string): string {
    const { value } = input(id);
    switch (id) {
      case "identity_number": {
        const fault = checkNumber(kind(), value);
        return fault ? fill(texts.fault[fault.fault], { name: texts.number[kind()], ...fault }) : "";
      }
      case "name":
        return isName(kind(), value) ? "" : texts.name_wrong[kind()];
      case "phone":
        return isPhone(value) ? "" : texts.phone_wrong;
      case "code":
        return /^[0-9]{6}$/.test(value) ? "" : texts.code_wrong;
      default:
        return newPassword.problem();
    }
  }

  function localProblems(captcha: CaptchaAnswer | null): Problems {
    const asked = step === "ticket" ? [] : step === "code" ? ["code", "password"] : typed.filter((id) => id !== "code" && id !== "password");
    return asked.map((id): [string, string] => [id, id !== "captcha" ? problemOf(id) : captcha ? "" : texts.captcha_missing]).filter(([, text]) => text !== "");
  }

  // Who it is, as the call wants it.
  function who(captcha: CaptchaAnswer | null): Record<string, string> {
    const ticket = page.ticket?.();
    if (step === "ticket" && ticket) return { reset_ticket: ticket };
    const body = { kind: kind(), identity_number: input("identity_number").value, ...captcha };
    return page.applicant ? { ...body, name: input("name").value, phone: input("phone").value } : body;
  }

  async function send(captcha: CaptchaAnswer | null): Promise<void> {
    say(texts.sending);
    const withTicket = step === "ticket";
    try {
      const answer = await request<Record<string, string>>(fetchSend, { method: "POST", path: `${page.calls}/start`, body: who(captcha) });
      sealed = answer[page.sealed] ?? "";
      byId("sent").textContent = fill(texts.sent, { phone: page.applicant ? maskedPhone(input("phone").value) : "" });
      input("code").value = "";
      resend.wait(GAP_S);
      open("code");
      newPassword.tick();
      show([]);
      byId("step-code-title").focus();
    } catch (error) {
      if (!withTicket) picture.failed(error instanceof ApiError ? error.captcha : undefined);
      if (withTicket && error instanceof ApiError && error.code === "session_missing") {
        page.over?.();
        open("who");
        void picture.renew();
        return show([["identity_number", texts.ticket_over]]);
      }
      show(serverProblems(error, texts, page.password));
    } finally {
      say("");
    }
  }

  async function finish(): Promise<void> {
    say(texts.finishing);
    hidePassword();
    const body = { [page.sealed]: sealed, code: input("code").value, [page.password]: input("password").value };
    try {
      await request(fetchSend, { method: "POST", path: `${page.calls}/finish`, body });
      page.over?.();
      show([]);
      form.hidden = true;
      open("done");
      byId("done-title").focus();
    } catch (error) {
      show(serverProblems(error, texts, page.password));
    } finally {
      say("");
    }
  }

  async function goOn(): Promise<void> {
    tidy();
    const captcha = step === "who" ? await picture.answer() : null;
    const problems = localProblems(captcha);
    show(problems);
    if (problems.length > 0) return;
    await (step === "code" ? finish() : send(captcha));
  }

  // Another text: with the ticket at once, else after another captcha.
  async function another(): Promise<void> {
    show([]);
    open(page.ticket?.() ? "ticket" : "who");
    if (step === "ticket") return send(null);
    input("captcha").value = "";
    await picture.renew();
    input("captcha").focus();
  }

  form.noValidate = true;
  // A press keeps the focus where it is: words that appear when a field is left would move the button away from it.
  for (const button of form.querySelectorAll("[type=submit]")) button.addEventListener("mousedown", (event) => event.preventDefault());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    void goOn().finally(() => form.removeAttribute("aria-busy"));
  });
  form.addEventListener("change", (event) => {
    showKind();
    tidy();
    const { id, value } = event.target as HTMLInputElement;
    if (["identity_number", "name", "phone"].includes(id)) mark(id, value === "" ? "" : problemOf(id));
  });
  for (const id of ["captcha", "code", "password"]) input(id).addEventListener("input", () => mark(id, ""));
  byId("back").addEventListener("click", () => {
    show([]);
    open("who");
    input("captcha").value = "";
    void picture.renew();
    input("identity_number").focus();
  });
  showKind();
  if (page.ticket?.()) return open("ticket");
  open("who");
  void picture.renew();
}
