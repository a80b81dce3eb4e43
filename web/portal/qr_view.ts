// Draws the state of the wait machine into the QR tab. Knows no sockets; what people press goes to `tell`.
import { isBusy } from "../core/wait.ts";
import type { Event, State, View } from "../core/wait_state.ts";
import { el } from "../shell/dom.ts";
import type { QrTexts } from "./login_texts.ts";
import { drawQr } from "./qr_draw.ts";

export interface QrView {
  draw(state: State): void;
  say(text: string): void;
}

type Tell = (event: Event) => void;

// `easy`: the box "give me more time", which the edge owns.
export function makeQrView(panel: HTMLElement, texts: QrTexts, easy: HTMLElement, tell: Tell): QrView {
  const live = el("p", { class: "sr", role: "status" });
  const banner = el("p", { class: "banner warn", hidden: "" }, texts.view.offline);
  const note = el("p", { class: "banner", hidden: "" });
  const body = el("div", { class: "qr", tabindex: "-1" });
  panel.append(live, banner, note, body, easy);
  let shown = "";

  return {
    draw(state) {
      banner.hidden = !state.offline;
      const reason = state.notice && state.view === "ready" ? texts.view[state.notice] : "";
      note.hidden = !reason;
      note.textContent = reason;
      const key = JSON.stringify([state.view, state.code, state.offline, state.hint, state.problem]);
      if (key === shown) return;
      shown = key;
      const held = body.contains(document.activeElement);
      body.replaceChildren(...content(state, texts, tell));
      easy.hidden = isBusy(state.view) || state.view === "failed";
      // What had the focus is gone: keep the person in this place. A code that is asked for takes it.
      if (!panel.hidden && (held || state.view === "needs_code")) (body.querySelector<HTMLElement>("input, button") ?? body).focus();
    },
    say(text) {
      live.textContent = text;
    },
  };
}

function content(state: State, texts: QrTexts, tell: Tell): Node[] {
  switch (state.view) {
    case "scanned":
    case "redeeming":
      return [tick(), el("h2", {}, texts.view[state.view]), ...problem(state), ...(state.view === "scanned" ? [notMe(texts, tell)] : [])];
    case "needs_code":
      return [codePlace(state, texts, tell), notMe(texts, tell)];
    case "done":
      return [tick(), el("h2", {}, texts.say.confirmed)];
    case "failed":
      return [el("h2", {}, texts.failed), ...problem(state), button(texts.refresh, "primary", { type: "refresh" }, tell)];
    default:
      return waiting(state, texts, tell);
  }
}

const over: Partial<Record<View, "refresh" | "use_here" | "retry">> = { expired: "refresh", superseded: "use_here", full: "retry", paused: "refresh" };

function waiting(state: State, texts: QrTexts, tell: Tell): Node[] {
  const press = over[state.view];
  const cover = el("div", { class: "qr-over" });
  if (press) {
    cover.append(el("strong", {}, texts.view[state.view as "expired"]), button(texts[press], "primary", { type: "refresh" }, tell));
  } else if (!state.code) {
    cover.append(el("strong", {}, texts.loading));
  }
  const box = el("div", { class: state.code && !state.offline ? "qr-box" : "qr-box grey" });
  box.append(drawQr(state.code?.url, texts.label), cover);
  return [
    el("ol", {}, ...texts.steps.map((step) => el("li", {}, step))),
    box,
    ...(state.code ? [el("p", { class: "hint" }, texts.short_code), shortCode(state.code.short_code)] : []),
    ...(state.hint ? [el("p", { class: "banner" }, texts.hint)] : []),
  ];
}

// Seen as K7QD-M3RP, heard digit by digit.
function shortCode(code: string): Node {
  return el("p", {},
    el("span", { class: "short-code", "aria-hidden": "true" }, code),
    el("span", { class: "sr" }, spelled(code)),
  );
}

export function spelled(code: string): string {
  return [...code.replace("-", "")].join(" ");
}

function tick(): Node {
  return el("p", { class: "tick", "aria-hidden": "true" }, "✔");
}

function problem(state: State): Node[] {
  return state.problem ? [el("p", { class: "problem" }, state.problem)] : [];
}

function button(text: string, kind: string, event: Event, tell: Tell): HTMLElement {
  const made = el("button", { type: "button", class: `button ${kind}` }, text);
  made.addEventListener("click", () => tell(event));
  return made;
}

function notMe(texts: QrTexts, tell: Tell): Node {
  return el("p", {}, button(texts.not_me, "full", { type: "cancel" }, tell));
}

// Seldom asked for, so it is a download of its own.
function codePlace(state: State, texts: QrTexts, tell: Tell): Node {
  const place = el("div");
  void import("./code_form.ts").then(({ codeForm }) => {
    place.append(codeForm(state, texts, tell));
    place.querySelector("input")?.focus();
  });
  return place;
}
