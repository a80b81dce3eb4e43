// Raising the level, the manual's steps 2 to 5: the question, 本人身份信息, the statements, 用户身份认证, 本人操作声明, the
// provider's own page, and what became of it. Nothing is sent before everything was agreed to.
import { ApiError } from "../core/api.ts";
import type { ConsentText, ProofingConditions } from "../core/phone_api.ts";
import { el, fill } from "../shell/dom.ts";
import type { App, DrawView, Shown } from "./app.ts";
import { checkingView } from "./checking_view.ts";
import { button } from "./form.ts";
import type { ProofingTexts } from "./proofing_texts.ts";
import { openStatement } from "./statement_dialog.ts";

const shownFirst = ["biometric", "service", "privacy"];
const shownLast = ["processing"];

export function proofingView(texts: ProofingTexts): DrawView {
  return (app) => {
    const { view } = app.flow;
    if (view.at === "checking") return checkingView(app, texts, view.proofing);
    if (view.at !== "proofing") return raiseView(app, texts);
    if (view.step === "verify") return verifyView(app, texts);
    return withConditions(app, texts, view.step === "identity" ? identity : declare);
  };
}

function desk(texts: ProofingTexts): HTMLElement {
  return el("p", { class: "hint" }, texts.without_face);
}

function raiseView(app: App, texts: ProofingTexts): Shown {
  const t = texts.raise;
  const yes = button(t.yes, "full primary", () => app.send({ type: "proofing", step: "identity" }));
  const no = button(t.no, "full", () => app.send({ type: "go", to: "home", notice: { tone: "info", text: t.ended } }));
  const text = fill(t.text, { level: app.flow.person?.level ?? 2 });
  return { title: t.title, body: [el("p", {}, text), el("p", {}, yes), el("p", {}, no), desk(texts)] };
}

type Draw = (app: App, texts: ProofingTexts, conditions: ProofingConditions) => Node[];

function withConditions(app: App, texts: ProofingTexts, draw: Draw): Shown {
  const place = el("div", {}, el("p", {}, texts.loading));
  let gone = false;

  async function load(): Promise<void> {
    try {
      const conditions = await app.phone.api.proofingConditions();
      if (gone) return;
      place.replaceChildren(...(conditions.available ? draw(app, texts, conditions) : [el("p", { class: "banner" }, texts.unavailable), homeButton(app, texts)]));
    } catch (error) {
      if (gone || app.lost(error)) return;
      place.replaceChildren(el("p", { class: "banner warn" }, app.words(error)), button(texts.again, "full", () => void load()));
      app.say(app.words(error));
    }
  }
  void load();
  const title = draw === identity ? texts.identity.title : texts.declare.title;
  return { title, body: [place], leave: () => void (gone = true) };
}

function homeButton(app: App, texts: ProofingTexts): HTMLElement {
  return el("p", { class: "end" }, button(texts.home, "full", () => app.send({ type: "go", to: "home" })));
}

// A box to tick, and what is said when the next button is pressed without it.
function tickBox(id: string, label: string): { root: HTMLElement; input: HTMLInputElement; tell: (text: string) => void } {
  const input = el("input", { type: "checkbox", id, "aria-describedby": `${id}-problem` });
  const problem = el("p", { class: "problem", id: `${id}-problem` });
  const root = el("div", { class: "field agree" }, el("label", { for: id }, input, ` ${label}`), problem);
  const tell = (text: string): void => {
    problem.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("change", () => tell(""));
  return { root, input, tell };
}

function readButtons(texts: ProofingTexts, read: string, statements: ConsentText[]): HTMLElement[] {
  const close = { text: texts.statement.close, press: () => {} };
  return statements.map((one) => el("p", {}, button(fill(read, { title: one.title }), "full", () => openStatement(one, { no: close }))));
}

function identity(app: App, texts: ProofingTexts, conditions: ProofingConditions): Node[] {
  const t = texts.identity;
  const facts = el("dl", { class: "facts" }, el("dt", {}, t.name), el("dd", {}, conditions.name_masked), el("dt", {}, t.number), el("dd", {}, conditions.number_masked));
  const statements = conditions.consents.filter(({ text }) => shownFirst.includes(text));
  const biometric = statements.find(({ text }) => text === "biometric");
  const box = tickBox("agree", t.agree);
  const declined = el("p", { class: "banner", role: "status" });
  declined.hidden = true;

  const next = button(t.next, "full primary", () => {
    if (!box.input.checked || !biometric) {
      box.tell(t.need);
      box.input.focus();
      app.say(t.need);
      return;
    }
    openStatement(biometric, {
      yes: { text: texts.statement.agree, press: () => app.send({ type: "proofing", step: "verify" }) },
      no: {
        text: texts.statement.disagree,
        press: () => {
          box.input.checked = false;
          declined.textContent = texts.statement.declined;
          declined.hidden = false;
          app.say(texts.statement.declined);
        },
      },
    });
  });
  return [facts, declined, ...readButtons(texts, t.read, statements), box.root, el("p", {}, next), desk(texts), homeButton(app, texts)];
}

function verifyView(app: App, texts: ProofingTexts): Shown {
  const t = texts.verify;
  const start = button(t.start, "full primary", () => app.send({ type: "proofing", step: "declare" }));
  const back = button(t.back, "full", () => app.send({ type: "proofing", step: "identity" }));
  const steps = el("ol", {}, ...t.steps.map((step) => el("li", {}, step)));
  return { title: t.title, body: [el("p", {}, t.text), steps, el("p", {}, start), el("p", {}, back), desk(texts)] };
}

function declare(app: App, texts: ProofingTexts, conditions: ProofingConditions): Node[] {
  const t = texts.declare;
  const box = tickBox("in_person", t.agree);
  const problem = el("p", { class: "problem" });
  const start = button(t.start, "full primary", () => void run());

  async function run(): Promise<void> {
    if (!box.input.checked) {
      box.tell(t.need);
      box.input.focus();
      app.say(t.need);
      return;
    }
    start.setAttribute("aria-disabled", "true");
    problem.textContent = "";
    app.say(t.busy);
    try {
      const consents = conditions.consents.map(({ text, version }) => ({ text, version }));
      const { url } = await app.phone.api.startProofing(consents);
      location.assign(webAddress(url));
    } catch (error) {
      start.removeAttribute("aria-disabled");
      if (app.lost(error)) return;
      // A statement has changed meanwhile: it is read anew.
      if (error instanceof ApiError && error.code === "consent_missing") return app.send({ type: "proofing", step: "identity" });
      problem.textContent = app.words(error);
      app.say(app.words(error));
    }
  }

  const statements = conditions.consents.filter(({ text }) => shownLast.includes(text));
  const back = button(texts.verify.back, "full", () => app.send({ type: "proofing", step: "verify" }));
  return [el("p", {}, t.text), ...readButtons(texts, t.read, statements), box.root, problem, el("p", {}, start), el("p", {}, back), desk(texts)];
}

// Only pages are opened, whatever the provider said.
function webAddress(url: string): string {
  const { protocol, href } = new URL(url, location.origin);
  if (protocol !== "https:" && protocol !== "http:") throw new Error("not a web address");
  return href;
}
