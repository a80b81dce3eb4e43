// Home: who is logged in, what is missing for logging in by scanning and how to get it, the certificates.
import { finishTakingBackIfAny } from "./unfinished.ts";
import type { Me } from "../core/phone_api.ts";
import { levelForScanning } from "../core/phone_flow.ts";
import { el } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import { button } from "./form.ts";
import { usableKey } from "./keys.ts";
import { followPreferences } from "./preferences.ts";

export function homeView(app: App): Shown {
  const t = app.texts.home;
  const place = el("div", {}, el("p", {}, t.loading));
  let gone = false;

  async function load(): Promise<void> {
    try {
      await finishTakingBackIfAny(app);
      const me = await app.phone.api.me();
      void followPreferences(app);
      if (!gone) place.replaceChildren(...drawMe(app, me));
    } catch (error) {
      if (gone || app.lost(error)) return;
      place.replaceChildren(el("p", { class: "banner warn" }, app.words(error)), button(t.again, "full", () => void load()));
      app.say(app.words(error));
    }
  }

  void load();
  return { title: t.title, body: [place, logoutButton(app)], leave: () => void (gone = true) };
}

function drawMe(app: App, me: Me): Node[] {
  const t = app.texts.home;
  const { person } = me;
  const facts = el(
    "dl",
    { class: "facts" },
    el("dt", {}, t.kinds[person.kind]),
    el("dd", {}, person.name_masked),
    el("dt", {}, t.level),
    el("dd", {}, t.level_names[person.level] ?? `L${person.level}`),
  );
  return [facts, ...drawNextStep(app, me), ...drawAccount(app)];
}

// Each opens in its place; the button that was pressed is gone then, and the new heading takes the focus.
function drawAccount(app: App): HTMLElement[] {
  const t = app.texts.home;
  const opening = (text: string, open: (place: HTMLElement) => Promise<void>): HTMLElement => {
    const place = el("section", {});
    place.append(el("p", {}, button(text, "full", () => void open(place))));
    return place;
  };
  return [
    opening(t.pc.open, (place) => import("./pc_logins.ts").then(({ showPcLogins }) => showPcLogins(app, place))),
    opening(t.number.title, (place) => import("./phone_number.ts").then(({ showPhoneNumber }) => showPhoneNumber(app, place))),
  ];
}

function drawNextStep(app: App, me: Me): Node[] {
  const t = app.texts.home;
  if (me.person.level < levelForScanning) {
    const raise = button(t.raise, "full primary", () => app.send({ type: "raise" }));
    return [el("div", { class: "banner warn" }, el("p", {}, t.level_low), el("p", {}, t.level_desk)), el("p", {}, raise)];
  }
  const manage = (kind: string) => el("p", {}, button(t.certificates, `full ${kind}`, () => app.send({ type: "go", to: "certificates" })));
  const disabled = me.certificates.some(({ state }) => state === "disabled") ? [el("p", { class: "banner warn" }, t.disabled)] : [];
  if (!usableKey(app, me)) return [...(disabled.length ? disabled : [el("p", {}, t.download_why)]), manage("primary")];
  return [el("p", {}, button(t.scan, "full primary", () => app.send({ type: "go", to: "scan" }))), manage("")];
}

function logoutButton(app: App): HTMLElement {
  return el("p", { class: "end" }, button(app.texts.home.logout, "full", () => void logOut(app)));
}

export async function logOut(app: App): Promise<void> {
  // Gone from here in any case; the server's side ends by itself if it cannot be told.
  await app.phone.api.logout().catch(() => undefined);
  app.forgetLogin();
  app.send({ type: "logged_out" });
}
