// The PCs where this person is logged in, each with "this was not me". Loaded when it is opened.
import type { PcSession } from "../core/phone_api.ts";
import { el, fill } from "../shell/dom.ts";
import type { App } from "./app.ts";
import { button } from "./form.ts";

export async function showPcLogins(app: App, place: HTMLElement): Promise<void> {
  const t = app.texts.home.pc;
  const heading = el("h2", { tabindex: "-1" }, t.title);

  async function draw(said: string): Promise<void> {
    try {
      const { sessions } = await app.phone.api.sessions();
      const rows = sessions.map((one) => drawOne(app, one, () => void undo(one)));
      const list = rows.length > 0 ? el("ul", { class: "certificates" }, ...rows) : el("p", {}, t.none);
      place.replaceChildren(heading, ...(said ? [el("div", { class: "banner" }, el("p", {}, said))] : []), list);
      app.say(said);
    } catch (error) {
      fail(error);
    }
    heading.focus();
  }

  async function undo(one: PcSession): Promise<void> {
    try {
      await app.phone.api.undo(one.id);
    } catch (error) {
      return fail(error);
    }
    await draw(t.undone);
  }

  function fail(error: unknown): void {
    if (app.lost(error)) return;
    place.replaceChildren(heading, el("p", { class: "banner warn" }, app.words(error)));
    app.say(app.words(error));
  }

  await draw("");
}

function drawOne(app: App, one: PcSession, press: () => void): HTMLElement {
  const t = app.texts.home.pc;
  const time = new Date(one.opened_at).toLocaleString(document.documentElement.lang, {
    month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit",
  });
  const undo = button(t.not_me, "danger", press);
  undo.setAttribute("aria-label", fill(t.not_me_label, { time, browser: one.browser }));
  const where = one.place ? `${one.place} · ${one.address}` : one.address;
  return el("li", {}, el("p", {}, el("strong", {}, one.browser)), el("p", { class: "hint" }, `${time} · ${where}`), undo);
}
