// Back from the provider: the server is asked what became of it until it knows. 核验成功 goes home by itself, unless it
// is told to stay.
import type { Proofing } from "../core/phone_api.ts";
import { el, fill } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import { startCountdown } from "./countdown.ts";
import { button } from "./form.ts";
import type { ProofingTexts } from "./proofing_texts.ts";

const everyMs = 2000;
const homeAfterS = 10;

export function checkingView(app: App, texts: ProofingTexts, proofing: string): Shown {
  const t = texts.checking;
  const place = el("div", {}, el("p", {}, t.waiting_text), ...steps(app, texts));
  let gone = false;
  let timer = 0;
  let stopCountdown = (): void => {};

  async function look(): Promise<void> {
    try {
      const now = await app.phone.api.proofing(proofing);
      if (gone) return;
      if (now.state === "open") timer = window.setTimeout(() => void look(), everyMs);
      else decided(now);
    } catch (error) {
      if (gone || app.lost(error)) return;
      place.replaceChildren(el("p", { class: "banner warn" }, app.words(error)), button(texts.again, "full", () => void look()), ...steps(app, texts));
      app.say(app.words(error));
    }
  }

  function decided(now: Proofing): void {
    if (now.state === "open") return;
    const saved = app.phone.store.login();
    if (saved) app.phone.store.saveLogin({ ...saved, person: now.person });
    app.send({ type: "level_changed", person: now.person });
    const title = t.title[now.state];
    const heading = document.getElementById("heading");
    if (heading) heading.textContent = title;
    document.title = `${title} · ${app.texts.site}`;
    const text = now.state === "passed" ? t.passed : now.state === "expired" ? t.expired : (t.failed[now.reason ?? ""] ?? t.failed[""] ?? "");
    place.dataset["state"] = now.state;
    if (now.state === "passed") place.replaceChildren(el("p", {}, text), ...countdown());
    else place.replaceChildren(el("p", { class: "banner warn" }, text), ...steps(app, texts));
    heading?.focus({ preventScroll: true });
    app.say(text);
  }

  function countdown(): Node[] {
    const told = el("p", { "aria-hidden": "true" });
    // What the check was for, as long as this phone has no key of its own.
    const wanting = app.phone.store.keys(app.flow.person?.id ?? "").length === 0;
    const download = button(app.texts.home.download, "full primary", () => app.send({ type: "go", to: "certificate" }));
    const home = button(t.back, wanting ? "full" : "full primary", () => app.send({ type: "go", to: "home" }));
    const stay = button(t.stay, "full", () => {
      stopCountdown();
      told.hidden = true;
      stay.hidden = true;
      home.focus();
    });
    stopCountdown = startCountdown(homeAfterS, (left) => {
      told.textContent = fill(t.countdown, { n: left });
      if (left === 0) app.send({ type: "go", to: "home" });
    });
    return [told, ...(wanting ? [el("p", {}, download)] : []), el("p", {}, home), el("p", {}, stay)];
  }

  void look();
  return {
    title: t.waiting,
    body: [place],
    leave: () => {
      gone = true;
      clearTimeout(timer);
      stopCountdown();
    },
  };
}

function steps(app: App, texts: ProofingTexts): Node[] {
  const retry = button(texts.checking.retry, "full primary", () => app.send({ type: "proofing", step: "identity" }));
  const home = button(texts.checking.back, "full", () => app.send({ type: "go", to: "home" }));
  return [el("p", {}, retry), el("p", {}, home), el("p", { class: "hint" }, texts.without_face)];
}
