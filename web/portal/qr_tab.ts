// The edge of the wait machine: its socket, timers and calls. Every effect is done here and reported back as an event.
import { ApiError, request } from "../core/api.ts";
import { next } from "../core/wait.ts";
import { start, type Effect, type Event, type Frame, type State, type Timer } from "../core/wait_state.ts";
import { isBig } from "../shell/display.ts";
import { el, fill } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import type { QrTexts } from "./login_texts.ts";
import { makeQrView, spelled } from "./qr_view.ts";

const silent_ms = 8000; // a proxy that swallows sockets lets them open and says nothing

export interface QrTab {
  open(): void;
  leave(): void;
}

export function startQrTab(panel: HTMLElement, texts: QrTexts): QrTab {
  let state: State = start;
  let hangUp = (): void => {};
  let proven = false; // a socket of this page was heard from
  let slow = false; // sockets do not get through here
  const timers = new Map<Timer, ReturnType<typeof setTimeout>>();
  const moreTime = el("input", { type: "checkbox", id: "more-time" });
  moreTime.checked = isBig() || new URLSearchParams(location.search).get("easy") === "1";
  const easy = el("label", { class: "easy" }, moreTime, texts.easy);
  const view = makeQrView(panel, texts, easy, tell);

  function tell(event: Event): void {
    const [after, effects] = next(state, event);
    state = after;
    view.draw(state);
    effects.forEach(perform);
  }

  function perform(effect: Effect): void {
    switch (effect.do) {
      case "connect":
        return void connect(effect.renew);
      case "disconnect":
        return disconnect();
      case "start":
        clearTimeout(timers.get(effect.timer));
        timers.set(effect.timer, setTimeout(tell, effect.jitter ? effect.ms * (0.5 + Math.random()) : effect.ms, { type: "timer", timer: effect.timer }));
        return;
      case "stop":
        return clearTimeout(timers.get(effect.timer));
      case "cancel":
        return void post("/api/v1/qr/cancel").catch((error: unknown) => tell({ type: "cancel_failed", problem: words(error) }));
      case "redeem":
        return void redeem(effect.code);
      case "go":
        return location.assign(effect.to);
      case "say":
        return view.say(fill(texts.say[effect.text], { code: spelled(state.code?.short_code ?? "") }));
    }
  }

  // What an older socket still says is no news.
  let attempt = 0;
  function disconnect(): void {
    attempt++;
    hangUp();
  }

  // `renew`: after a failure the pre-session may be the reason; `context` sets one where none is valid.
  async function connect(renew: boolean): Promise<void> {
    disconnect();
    const mine = attempt;
    const news = (event: Event): void => void (mine === attempt && tell(event));
    const query = moreTime.checked ? "?easy=1" : "";
    try {
      if (renew) await request(fetchSend, { method: "GET", path: "/api/v1/context" });
      const hear = slow ? (await import("./slow_lines.ts")).listenSlowly : listen;
      if (mine === attempt) hangUp = hear(query, news);
    } catch {
      news({ type: "closed", code: 1006 });
    }
  }

  function listen(query: string, news: (event: Event) => void): () => void {
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/qr${query}`, "qrgate.v1");
    const ended = (code: number): void => {
      hangUp();
      slow = code < 1013 && !proven; // cut before a word, and not by us
      proven = false;
      if (slow) void connect(false);
      else news({ type: "closed", code });
    };
    const silence = setTimeout(ended, silent_ms, 1006);
    socket.onmessage = ({ data }) => {
      clearTimeout(silence);
      proven = true;
      news({ type: "frame", frame: JSON.parse(String(data)) as Frame });
    };
    socket.onclose = ({ code }) => ended(code);
    return () => {
      clearTimeout(silence);
      socket.onclose = null;
      socket.close(1000);
    };
  }

  async function redeem(code: string): Promise<void> {
    try {
      const { redirect_to } = await post<{ redirect_to: string }>("/api/v1/qr/redeem", code ? { code } : undefined);
      tell({ type: "redeemed", to: redirect_to });
    } catch (error) {
      const refused = error instanceof ApiError && error.status !== 429 && error.status !== 503;
      tell(refused ? { type: "redeem_refused", code: error.code, problem: words(error) } : { type: "redeem_unanswered", problem: words(error) });
    }
  }

  function words(error: unknown): string {
    return (error instanceof ApiError && error.message) || texts.view.offline;
  }

  moreTime.addEventListener("change", () => tell({ type: "refresh" }));
  document.addEventListener("visibilitychange", () => tell({ type: document.hidden ? "hidden" : "shown" }));
  addEventListener("online", () => tell({ type: "online" }));
  return { open: () => tell({ type: "opened" }), leave: () => tell({ type: "left" }) };
}

function post<T>(path: string, body?: unknown): Promise<T> {
  return request<T>(fetchSend, { method: "POST", path, body });
}
