// The six people of the demo: what each shows, every value to copy, and a way to use them on the phone.
import { el } from "../shell/dom.ts";
import type { DemoTexts } from "./texts.ts";

export interface DemoPerson {
  key: string;
  kind: "personal" | "corporate";
  identity_number: string;
  phone: string;
  password: string;
  level: number;
  shows: string;
}

type Say = (text: string) => void;

export function drawPeople(texts: DemoTexts, people: DemoPerson[], say: Say, use: (person: DemoPerson) => void): HTMLElement[] {
  return people.map((person) => {
    const facts: [string, string][] = [
      [texts.number, person.identity_number],
      [texts.phone, person.phone],
      [texts.password, person.password],
    ];
    const rows = facts.flatMap(([name, value]) => [
      el("dt", {}, name),
      el("dd", {}, el("code", {}, value), " ", copyButton(texts, value, `${person.key} ${name}`, say)),
    ]);
    const fillIn = el("button", { type: "button", class: "button full" }, texts.fill);
    fillIn.setAttribute("aria-label", `${texts.fill}：${person.key}`);
    fillIn.addEventListener("click", () => use(person));
    const title = `${person.key} · ${texts.kinds[person.kind]} · L${person.level}`;
    return el("li", {}, el("h3", {}, title), el("p", {}, texts.shows[person.key] ?? person.shows), el("dl", {}, ...rows), fillIn);
  });
}

export function copyButton(texts: DemoTexts, value: string, what: string, say: Say): HTMLElement {
  const button = el("button", { type: "button", class: "button copy", "aria-label": `${texts.copy} ${what}` }, texts.copy);
  button.addEventListener("click", () => {
    const tell = (text: string): void => {
      say(text);
      button.textContent = text;
      setTimeout(() => (button.textContent = texts.copy), 2000);
    };
    const clipboard: Clipboard | undefined = navigator.clipboard; // absent where the page is not secure
    (clipboard?.writeText(value) ?? Promise.reject(new Error())).then(
      () => tell(texts.copied),
      () => tell(texts.copy_failed),
    );
  });
  return button;
}
