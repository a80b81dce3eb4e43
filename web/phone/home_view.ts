// Home: who is logged in, what is missing for logging in by scanning and how to get it, the certificates.
import { finishTakingBackIfAny } from "./unfinished.ts";
import type { Certificate, Me } from "../core/phone_api.ts";
import { el, fill } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import { button } from "./form.ts";
import { usableKey } from "./keys.ts";
import { followPreferences } from "./preferences.ts";

const levelForScanning = 3;

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
  return [facts, ...drawNextStep(app, me), el("h2", {}, t.certificates), ...drawCertificates(app, me), ...drawAccount(app)];
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
    const steps = t.level_steps.map((step) => el("li", {}, step));
    return [el("div", { class: "banner warn" }, el("p", {}, t.level_low), el("ol", {}, ...steps))];
  }
  const download = (kind: string) => button(t.download, `full ${kind}`, () => app.send({ type: "go", to: "certificate" }));
  if (!usableKey(app, me)) return [el("p", {}, t.download_why), el("p", {}, download("primary"))];
  return [el("p", {}, button(t.scan, "full primary", () => app.send({ type: "go", to: "scan" })))];
}

function drawCertificates(app: App, me: Me): Node[] {
  const shown = me.certificates.filter((certificate) => certificate.state !== "revoked");
  if (shown.length === 0) return [el("p", {}, app.texts.home.none)];
  return [el("ul", { class: "certificates" }, ...shown.map((one) => drawCertificate(app, me, one)))];
}

function drawCertificate(app: App, me: Me, one: Certificate): HTMLElement {
  const t = app.texts.home;
  const here = app.phone.store.keys(me.person.id).some((key) => key.serial === one.serial);
  const lines = [`${here ? t.here : t.elsewhere} · ${t.states[one.state ?? "active"]}`];
  if (one.not_after) lines.push(fill(t.until, { date: one.not_after.slice(0, 10) }));
  const item = el("li", {}, el("p", {}, lines.join(" · ")), el("p", { class: "hint serial" }, one.serial));
  if (one.state === "disabled") item.append(el("p", { class: "problem" }, t.disabled));
  const remove = button(t.remove, "danger", ask);
  remove.setAttribute("aria-label", `${t.remove} ${one.serial.slice(-6)}`);
  const sure = el("div", { hidden: "" });
  item.append(remove, sure);

  function ask(): void {
    const no = button(t.remove_no, "full", () => {
      sure.hidden = true;
      remove.hidden = false;
      remove.focus();
    });
    const yes = button(t.remove_yes, "full danger", () => void revoke());
    sure.replaceChildren(el("p", {}, t.remove_sure), el("div", { class: "pair" }, no, yes));
    sure.hidden = false;
    remove.hidden = true;
    no.focus();
    app.say(t.remove_sure);
  }

  async function revoke(): Promise<void> {
    try {
      await app.phone.api.revoke(one.serial);
      app.phone.store.removeKey(one.serial);
      app.send({ type: "go", to: "home", notice: { tone: "info", text: t.removed } });
    } catch (error) {
      if (!app.lost(error)) app.send({ type: "go", to: "home", notice: { tone: "problem", text: app.words(error) } });
    }
  }
  return item;
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
