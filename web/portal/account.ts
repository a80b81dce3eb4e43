// The page after a login: who is logged in, until when, and on which devices. Without a session: to the login page.
import { ApiError, request, type Call } from "../core/api.ts";
import { startDisplay } from "../shell/display.ts";
import { byId, el, fill } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import { startSessionClock } from "./session_clock.ts";
import { drawSession, drawSessions, shortTime, type AccountTexts, type OwnSession, type SessionRow } from "./account_view.ts";

export function start(texts: AccountTexts): void {
  startDisplay();
  const say = (text: string): void => void (byId("status").textContent = text);
  const clock = startSessionClock(texts, () => void extend(), toLogin);

  // One call to the server; false when it failed, with the reason on the page.
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    byId("problem").replaceChildren();
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) toLogin();
      else byId("problem").replaceChildren(error instanceof ApiError ? error.message || texts.unknown : texts.no_network);
      return false;
    }
  }

  async function showSession(): Promise<OwnSession> {
    const session = await call<OwnSession>({ method: "GET", path: "/api/v1/session" });
    drawSession(session, texts);
    clock.set(session);
    byId("extend").hidden = byId("log-out").hidden = false;
    return session;
  }

  async function showSessions(): Promise<void> {
    const { sessions } = await call<{ sessions: SessionRow[] }>({ method: "GET", path: "/api/v1/sessions" });
    drawSessions(sessions, texts, (row) => void end(`/api/v1/sessions/${encodeURIComponent(row.id)}`));
    byId("others").hidden = false;
    byId("end-others").hidden = sessions.every((row) => row.current);
  }

  async function load(): Promise<void> {
    const done = await attempt(async () => {
      await showSession();
      await showSessions();
    });
    if (done || byId("problem").textContent === "") return;
    const again = el("button", { type: "button", class: "button" }, texts.try_again);
    again.addEventListener("click", () => void load());
    byId("problem").append(" ", again);
  }

  async function extend(): Promise<void> {
    await attempt(async () => {
      const before = byId("ends").dataset["time"] ?? "";
      await call({ method: "POST", path: "/api/v1/session/extend" });
      const session = await showSession();
      say(session.expires_at > before ? fill(texts.extended, { time: shortTime(session.expires_at) }) : texts.not_extended);
    });
  }

  async function end(path: string): Promise<void> {
    const done = await attempt(async () => {
      await call({ method: "DELETE", path });
      await showSessions();
    });
    if (!done) return;
    say(texts.ended);
    byId("sessions-title").focus(); // the button that was pressed is gone
  }

  byId("extend").addEventListener("click", () => void extend());
  byId("end-others").addEventListener("click", () => void end("/api/v1/sessions?others=1"));
  byId("log-out").addEventListener("click", () => {
    void attempt(async () => {
      await call({ method: "POST", path: "/api/v1/logout" });
      location.assign("/login");
    });
  });
  // A page kept by the browser for "back" must not show an ended login.
  addEventListener("pageshow", (event) => event.persisted && void load());
  void load();
}

function call<T>(what: Call): Promise<T> {
  return request<T>(fetchSend, what);
}

function toLogin(): void {
  location.replace("/login?to=/account");
}
