// The account page: who is logged in and until when, level, certificates, devices, login history, password, phone number
// and display. Without a session: to the login page. A session that is ended elsewhere is noticed at once.
import { ApiError, type Call } from "../core/api.ts";
import { startDisplay } from "../shell/display.ts";
import { byId, el, fill } from "../shell/dom.ts";
import { call, isLoggedOut, words } from "./account_call.ts";
import { drawCertificates, drawLevel, type Account } from "./account_level.ts";
import { drawLogins, sayUndone, type Login } from "./account_logins.ts";
import type { AccountTexts } from "./account_texts.ts";
import { drawSession, drawSessions, shortTime, type OwnSession, type SessionRow } from "./account_view.ts";
import { startPasswordChange } from "./change_password.ts";
import { drawPhone, startPhoneChange } from "./change_phone.ts";
import { applyPreferences, headChanged, startPreferences } from "./preferences.ts";
import { startSessionClock } from "./session_clock.ts";
import { startSessionWatch } from "./session_watch.ts";

export function start(texts: AccountTexts): void {
  startDisplay(headChanged);
  const say = (text: string): void => void (byId("status").textContent = text);
  const clock = startSessionClock(texts, () => void extend(), toLogin);
  let over = false;

  // One call to the server; false when it failed, with the reason on the page.
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    byId("problem").replaceChildren();
    try {
      await work();
      return true;
    } catch (error) {
      if (isLoggedOut(error)) lost();
      else byId("problem").replaceChildren(words(error, texts));
      return false;
    }
  }

  async function showSession(): Promise<OwnSession> {
    const session = await call<OwnSession>("GET", "/api/v1/session");
    drawSession(session, texts);
    clock.set(session);
    byId("extend").hidden = byId("log-out").hidden = false;
    return session;
  }

  async function showAccount(): Promise<void> {
    const account = await call<Account>("GET", "/api/v1/account");
    drawLevel(account, texts.levels_and_certificates, texts.methods);
    drawCertificates(account.certificates, texts.levels_and_certificates, (one) =>
      void change("DELETE", `/api/v1/certificates/${encodeURIComponent(one.serial)}`, texts.removed, "certificates-title", showAccount));
    drawPhone(account, texts.phone);
  }

  async function showDevices(): Promise<void> {
    const { sessions } = await call<{ sessions: SessionRow[] }>("GET", "/api/v1/sessions");
    drawSessions(sessions, texts, (row) =>
      void change("DELETE", `/api/v1/sessions/${encodeURIComponent(row.id)}`, texts.ended, "sessions-title", showDevices));
    byId("end-others").hidden = sessions.every((row) => row.current);
    const { logins } = await call<{ logins: Login[] }>("GET", "/api/v1/logins");
    drawLogins(logins, texts.logins, texts.methods, (login) => void undo(login));
  }

  async function load(): Promise<void> {
    const done = await attempt(async () => {
      await showSession();
      if (await applyPreferences()) return;
      await showAccount();
      await showDevices();
      byId("all").hidden = false;
    });
    if (done || over) return;
    const again = el("button", { type: "button", class: "button" }, texts.try_again);
    again.addEventListener("click", () => void load());
    byId("problem").append(" ", again);
  }

  async function extend(): Promise<void> {
    await attempt(async () => {
      const before = byId("ends").dataset["time"] ?? "";
      await call("POST", "/api/v1/session/extend");
      const session = await showSession();
      say(session.expires_at > before ? fill(texts.extended, { time: shortTime(session.expires_at) }) : texts.not_extended);
    });
  }

  // The button that was pressed is gone afterwards, so the heading of its list takes the focus.
  async function change(method: Call["method"], path: string, done: string, title: string, redraw: () => Promise<void>): Promise<void> {
    const changed = await attempt(async () => {
      await call(method, path);
      await redraw();
    });
    if (!changed) return;
    say(done);
    byId(title).focus();
  }

  async function undo(login: Login): Promise<void> {
    const undone = await attempt(async () => {
      try {
        await call("POST", `/api/v1/logins/${encodeURIComponent(login.id ?? "")}/undo`);
      } catch (error) {
        if (!(error instanceof ApiError && error.code === "not_found")) throw error; // it had ended by itself
      }
      await showDevices();
    });
    if (undone) sayUndone(texts.logins);
  }

  // Ended elsewhere while the page was open: nothing on it is true any more, and the person should know why.
  function lost(): void {
    if (over) return;
    if (byId("all").hidden) return toLogin();
    over = true;
    clock.stop();
    const heading = el("h1", { id: "ended-title", tabindex: "-1" }, texts.over.title);
    const again = el("a", { class: "button primary", href: "/login?to=/account" }, texts.over.again);
    byId("main").replaceChildren(
      el("div", { class: "card", id: "ended" }, heading, ...texts.over.lines.map((line) => el("p", {}, line)), el("p", {}, again)),
    );
    document.title = texts.over.title;
    heading.focus();
  }

  byId("extend").addEventListener("click", () => void extend());
  byId("end-others").addEventListener("click", () =>
    void change("DELETE", "/api/v1/sessions?others=1", texts.ended, "sessions-title", showDevices));
  byId("log-out").addEventListener("click", () => {
    over = true; // the watch hears it too
    void attempt(async () => {
      await call("POST", "/api/v1/logout");
      location.assign("/login");
    }).then((done) => (over = done));
  });
  startPreferences(texts.display, attempt, say);
  startPasswordChange(texts.password, texts, say, lost, showDevices);
  startPhoneChange(texts.phone, texts, say, lost, showAccount);
  // A page kept by the browser for "back" must not show an ended login.
  addEventListener("pageshow", (event) => event.persisted && void load());
  void load().then(() => startSessionWatch(lost));
}

function toLogin(): void {
  location.replace("/login?to=/account");
}
