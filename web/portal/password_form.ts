// The password form with script: typing rescue for the number, words for the password, one error summary.
// Nothing typed is ever cleared by a failure; the password is never rewritten.
import { ApiError, request, type CaptchaAnswer } from "../core/api.ts";
import { checkNumber, tidyNumber, type Kind } from "../core/identity.ts";
import { mayHaveMissedShift } from "../core/typing.ts";
import { byId, el, fill } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import { startCaptcha } from "./captcha.ts";
import type { LoginTexts } from "./login_texts.ts";
import { startPasswordField } from "./password_field.ts";
import { keepResetTicket } from "./reset_ticket.ts";

const failuresBeforeReset = 3;

type Problems = [field: string, text: string][];

// What it returns asks for the captcha, once: a form that nobody has opened needs none.
export function startPasswordForm(texts: LoginTexts): () => void {
  const form = byId<HTMLFormElement>("password-form");
  const number = byId<HTMLInputElement>("identity_number");
  const password = byId<HTMLInputElement>("password");
  const captcha = byId<HTMLInputElement>("captcha");
  const submit = byId("log-in");
  const say = (text: string): void => void (byId("form-status").textContent = text);
  const title = document.title;
  let failures = 0;
  const picture = startCaptcha(texts, say);
  const hidePassword = startPasswordField(texts, say);

  const kind = (): Kind => (new FormData(form).get("kind") === "corporate" ? "corporate" : "personal");

  function showKind(): void {
    byId("number-label").textContent = texts.number[kind()];
    number.placeholder = texts.number_hint[kind()];
  }

  function numberProblem(): string {
    const fault = checkNumber(kind(), number.value);
    return fault ? fill(texts.fault[fault.fault], { name: texts.number[kind()], ...fault }) : "";
  }

  function mark(input: HTMLInputElement, text: string): void {
    byId(`${input.id}-problem`).textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  function show(problems: Problems): void {
    for (const input of [number, password, captcha]) mark(input, problems.find(([field]) => field === input.id)?.[1] ?? "");
    const summary = byId("problem");
    summary.hidden = problems.length === 0;
    document.title = problems.length === 0 ? title : texts.title_prefix + title;
    if (problems.length === 0) return;
    byId("problem-list").replaceChildren(
      ...problems.map(([field, text]) => el("li", {}, field.startsWith("/") ? el("a", { href: field }, text) : document.getElementById(field) ? el("a", { href: `#${field}` }, text) : text)),
    );
    summary.focus();
  }

  function localProblems(answer: CaptchaAnswer | null): Problems {
    const problems: Problems = [];
    if (numberProblem()) problems.push(["identity_number", numberProblem()]);
    if (password.value === "") problems.push(["password", texts.password_missing]);
    if (answer === null) problems.push(["captcha", texts.captcha_missing]);
    return problems;
  }

  // The answers of the manual's questions 2 and 4, where they may help.
  function passwordHints(error: unknown): Problems {
    if (!(error instanceof ApiError) || error.code !== "credentials_wrong") return [];
    return [["password", texts.check], ...(mayHaveMissedShift(password.value) ? [["", texts.shift] as [string, string]] : [])];
  }

  // Its place is a live region, so it is also said.
  function offerReset(): void {
    const link = el("a", { href: "/password/reset" }, texts.reset_link);
    byId("reset-offer").replaceChildren(el("p", { class: "banner" }, texts.reset, " ", link));
  }

  async function logIn(): Promise<void> {
    number.value = tidyNumber(number.value);
    hidePassword();
    const answer = await picture.answer();
    const problems = localProblems(answer);
    show(problems);
    if (problems.length > 0) return;
    say(texts.busy);
    const body = {
      kind: kind(),
      identity_number: number.value,
      password: password.value,
      ...answer,
    };
    try {
      const { redirect_to } = await request<{ redirect_to: string }>(fetchSend, { method: "POST", path: "/api/v1/login/password", body });
      say(texts.done);
      location.assign(redirect_to);
    } catch (error) {
      say("");
      picture.failed(error instanceof ApiError ? error.captcha : undefined);
      show([...serverProblems(error, texts), ...passwordHints(error)]);
      if (error instanceof ApiError && ++failures >= failuresBeforeReset) offerReset();
    }
  }

  form.noValidate = true;
  // A press keeps the focus where it is: words that appear when a field is left would move the button away from it.
  submit.addEventListener("mousedown", (event) => event.preventDefault());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-disabled") === "true") return;
    submit.setAttribute("aria-disabled", "true");
    void logIn().finally(() => submit.removeAttribute("aria-disabled"));
  });
  form.addEventListener("change", (event) => {
    if (event.target !== number) showKind();
    if (number.value === "" && byId("problem").hidden) return mark(number, "");
    number.value = tidyNumber(number.value);
    mark(number, numberProblem());
  });
  for (const input of [password, captcha]) input.addEventListener("input", () => mark(input, ""));
  number.addEventListener("paste", () => setTimeout(() => (number.value = tidyNumber(number.value))));
  showKind(); // the browser may have restored the choice
  let asked = false;
  return () => {
    if (!asked) void picture.renew();
    asked = true;
  };
}

function serverProblems(error: unknown, texts: LoginTexts): Problems {
  if (!(error instanceof ApiError)) return [["", texts.no_network]];
  const fields = Object.entries(error.fields);
  const problems: Problems = fields.length > 0 ? fields : [["", error.message || texts.unknown]];
  const wait = error.retry_after;
  if (wait !== undefined) {
    problems.push(["", wait > 90 ? fill(texts.retry_minutes, { n: Math.ceil(wait / 60) }) : fill(texts.retry_seconds, { n: wait })]);
  }
  if (error.code === "password_must_change") {
    keepResetTicket(error.beside["reset_ticket"]);
    problems.push(["/password/reset", texts.must_change]);
  }
  return problems;
}
