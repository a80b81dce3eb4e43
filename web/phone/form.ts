// Forms of the phone: labelled fields, what is wrong with them next to them and in one summary that takes the focus,
// and a button that works once at a time.
import { el } from "../shell/dom.ts";
import type { ShowTexts } from "./texts.ts";

export interface Field {
  root: HTMLElement;
  input: HTMLInputElement;
  problem: HTMLElement;
  after: HTMLElement; // beside the input
}

export interface FieldWish {
  id: string;
  label: string;
  hint?: string;
  attributes: Record<string, string>;
}

export function field(wish: FieldWish): Field {
  const { id } = wish;
  const problem = el("p", { class: "problem", id: `${id}-problem` });
  const described = wish.hint ? `${id}-hint ${id}-problem` : `${id}-problem`;
  const input = el("input", { type: "text", id, name: id, "aria-describedby": described, ...wish.attributes });
  const after = el("div", { class: "row" }, input);
  const root = el("div", { class: "field" }, el("label", { for: id }, wish.label), after);
  if (wish.hint) root.append(el("p", { class: "hint", id: `${id}-hint` }, wish.hint));
  root.append(problem);
  return { root, input, problem, after };
}

// A secret field with 显示/隐藏 in words. `hide` puts it back before it is sent.
export function secretField(wish: FieldWish, texts: ShowTexts): Field & { hide: () => void } {
  const made = field({ ...wish, attributes: { type: "password", spellcheck: "false", autocapitalize: "none", ...wish.attributes } });
  const button = el("button", { type: "button", class: "button", "aria-controls": wish.id });
  const set = (shown: boolean) => {
    made.input.type = shown ? "text" : "password";
    button.textContent = shown ? texts.hide : texts.show;
    button.setAttribute("aria-label", `${shown ? texts.hide_label : texts.show_label} ${wish.label}`);
  };
  button.addEventListener("click", () => set(made.input.type === "password"));
  set(false);
  made.after.append(button);
  return { ...made, hide: () => set(false) };
}

export interface Problem {
  field?: Field | undefined;
  text: string;
}

export class Form {
  readonly root: HTMLFormElement;
  private readonly summary: HTMLElement;
  private readonly fields: Field[];
  private readonly title: string;

  constructor(title: string, fields: Field[], submit: HTMLButtonElement, run: () => Promise<void>) {
    this.title = title;
    this.fields = fields;
    this.summary = el("div", { class: "summary", role: "group", "aria-label": title, tabindex: "-1" });
    this.summary.hidden = true;
    this.root = el("form", {}, this.summary);
    this.root.noValidate = true;
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      if (submit.getAttribute("aria-disabled") === "true") return;
      submit.setAttribute("aria-disabled", "true");
      void run().finally(() => submit.removeAttribute("aria-disabled"));
    });
  }

  // true where something is wrong; the summary then has the focus.
  show(problems: Problem[]): boolean {
    for (const { input, problem } of this.fields) {
      const text = problems.find(({ field }) => field?.input === input)?.text ?? "";
      problem.textContent = text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    this.summary.hidden = problems.length === 0;
    if (problems.length === 0) return false;
    const list = el("ul", {}, ...problems.map((problem) => el("li", {}, this.entry(problem))));
    this.summary.replaceChildren(el("h2", {}, this.title), list);
    this.summary.focus();
    return true;
  }

  private entry({ field, text }: Problem): Node | string {
    if (!field) return text;
    const link = el("a", { href: `#${field.input.id}` }, text);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      field.input.focus();
    });
    return link;
  }
}

export function button(text: string, kind: string, press: () => void): HTMLButtonElement {
  const made = el("button", { type: "button", class: `button ${kind}` }, text);
  made.addEventListener("click", () => {
    if (made.getAttribute("aria-disabled") !== "true") press();
  });
  return made;
}
