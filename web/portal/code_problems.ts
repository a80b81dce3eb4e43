// What went wrong, in one summary that takes the focus and beside each field.
import { ApiError } from "../core/api.ts";
import { byId, el, fill } from "../shell/dom.ts";
import type { CodeTexts } from "./code_texts.ts";

export type Problems = [field: string, text: string][];

export interface Summary {
  mark(id: string, text: string): void;
  show(problems: Problems): void;
}

export function startSummary(fields: string[], title_prefix: string): Summary {
  const title = document.title;

  function mark(id: string, text: string): void {
    byId(`${id}-problem`).textContent = text;
    if (text) byId(id).setAttribute("aria-invalid", "true");
    else byId(id).removeAttribute("aria-invalid");
  }

  function show(problems: Problems): void {
    for (const id of fields) mark(id, problems.find(([field]) => field === id)?.[1] ?? "");
    byId("problem").hidden = problems.length === 0;
    document.title = problems.length === 0 ? title : title_prefix + title;
    if (problems.length === 0) return;
    const line = (field: string, text: string): Node =>
      el("li", {}, document.getElementById(field)?.offsetParent ? el("a", { href: `#${field}` }, text) : text);
    byId("problem-list").replaceChildren(...problems.map(([field, text]) => line(field, text)));
    byId("problem").focus();
  }

  return { mark, show };
}

// `password` is what the call names the password's field.
export function serverProblems(error: unknown, texts: CodeTexts, password: string): Problems {
  if (!(error instanceof ApiError)) return [["", texts.no_network]];
  const fields = Object.entries(error.fields).map(([field, text]): [string, string] => [field === password ? "password" : field, text]);
  const place = { captcha_wrong: "captcha", code_wrong: "code" }[error.code] ?? "";
  const problems: Problems = fields.length > 0 ? fields : [[place, error.message || texts.unknown]];
  const wait = error.retry_after;
  if (wait !== undefined) {
    problems.push(["", wait > 90 ? fill(texts.retry_minutes, { n: Math.ceil(wait / 60) }) : fill(texts.retry_seconds, { n: wait })]);
  }
  return problems;
}
