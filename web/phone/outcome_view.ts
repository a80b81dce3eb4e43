// What became of it: the code to type at the computer, the success with its way back, or why nothing happened.
import { isFinal } from "../core/phone_flow.ts";
import { el } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import { button } from "./form.ts";
import { watchTicket } from "./watch_ticket.ts";

export function outcomeView(app: App): Shown {
  const { view } = app.flow;
  if (view.at !== "outcome") throw new Error("no outcome");
  const t = app.texts.outcome;
  const code = view.became === "confirmed" ? view.code : undefined;
  const body: Node[] = [];
  if (code !== undefined) {
    const spoken = el("p", { class: "big-code", role: "img", "aria-label": Array.from(code).join(" ") }, code);
    body.push(el("p", {}, t.code_text), spoken);
  } else {
    body.push(el("p", {}, t.text[view.became]));
  }
  if (view.became === "redeemed" && view.session !== undefined) body.push(undoPlace(app, view.session));
  if (isFinal(view.became)) body.push(...nextSteps(app, view.became === "redeemed" || view.became === "undone"));
  return {
    title: code === undefined ? t.title[view.became] : t.code_title,
    body,
    leave: isFinal(view.became) ? () => {} : watchTicket(app, view.ticket, view.became === "asking"),
  };
}

function nextSteps(app: App, done: boolean): Node[] {
  const t = app.texts.outcome;
  const home = button(t.home, done ? "full primary" : "full", () => app.send({ type: "go", to: "home" }));
  if (done) return [el("p", {}, home)];
  const again = button(t.again, "full primary", () => app.send({ type: "go", to: "scan" }));
  return [el("p", {}, again), el("p", {}, home)];
}

function undoPlace(app: App, session: string): HTMLElement {
  const t = app.texts.outcome;
  const problem = el("p", { class: "problem" });
  const undo = button(t.undo, "full danger", () => void run());
  async function run(): Promise<void> {
    undo.setAttribute("aria-disabled", "true");
    app.say(t.undoing);
    try {
      await app.phone.api.undo(session);
      app.send({ type: "undone" });
    } catch (error) {
      undo.removeAttribute("aria-disabled");
      if (app.lost(error)) return;
      problem.textContent = app.words(error);
      app.say(app.words(error));
    }
  }
  return el("div", { class: "field" }, undo, el("p", { class: "hint" }, t.undo_note), problem);
}
