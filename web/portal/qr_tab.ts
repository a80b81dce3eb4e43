// The edge of the wait machine: its socket, timers and calls. Every effect is done here and reported back as an event.
import { ApiError, request } from "../core/api.ts";
import { next } from "../core/wait.ts";
import { start, type Effect, type Event, type Frame, type State, type Timer } from "../core/wait_state.ts";
import { easy, willBeBig } from "../shell/display.ts";
import { el, fill } from "../shell/dom.ts";
import { dial, early } from "../shell/early.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import type { QrTexts } from "./login_texts.ts";
import { makeQrView, spelled } from "./qr_view.ts";

const silent_ms = 8000; // a proxy that swallows sockets lets them open and says nothing

const asked = new URLSearchParams(location.search);
const starts_easy = asked.get("easy") === "1" || willBeBig();

// Opened as ?tab=qr: the code is in the page or comes while the page's own script still loads. The first connection takes
// both. Who gets more time gets another code from the socket.
let early_line = asked.get("tab") === "qr" ? dial(easy(starts_easy)) : undefined;
const in_page = starts_easy ? "" : document.body.dataset.message;
early.startQrTab = startQrTab;

// What it returns hears `opened` and `left`.
export function startQrTab(panel: HTMLElement, texts: QrTexts): (event: Event) => void {
  let state: State = start;
  let hangUp = (): void => {};
  let proven = false; // a socket of this page was heard from
  let slow = false; // sockets do not get through here
  const timers: Partial<Record<Timer, ReturnType<typeof setTimeout>>> = {};
  const moreTime = el("input", { type: "checkbox", id: "more-time" });
  moreTime.checked = starts_easy;
  const view = makeQrView(panel, texts, el("label", { class: "easy" }, moreTime, texts.easy), tell);

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
        clearTimeout(timers[effect.timer]);
        timers[effect.timer] = setTimeout(tell, effect.ms * (effect.jitter ? 0.5 + Math.random() : 1), { type: "timer", timer: effect.timer });
        return;
      case "stop":
        return clearTimeout(timers[effect.timer]);
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
    const query = easy(moreTime.checked);
    try {
      if (renew) await request(fetchSend, { method: "GET", path: "/api/v1/context" });
      const hear = slow ? (await import("./slow_lines.ts")).listenSlowly : listen;
      if (mine === attempt) hangUp = hear(query, news);
    } catch {
      news({ type: "closed", code: 1006 });
    }
  }

  function listen(query: string, news: (event: Event) => void): () => void {
    const { socket, kept } = early_line ?? dial(query);
    const told = (text: string): void => news({ type: "frame", frame: JSON.parse(text) as Frame });
    if (early_line && in_page) told(in_page);
    early_line = undefined;
    const ended = (code: number): void => {
      hangUp();
      slow = code < 1013 && !proven; // cut before a word, and not by us
      proven = false;
      if (slow) void connect(false);
      else news({ type: "closed", code });
    };
    const silence = setTimeout(ended, silent_ms, 1006);
    const hear = (event: MessageEvent | CloseEvent): void => {
      if ("code" in event) return ended(event.code);
      clearTimeout(silence);
      proven = true;
      told(event.data as string);
    };
    socket.onmessage = socket.onclose = hear;
    queueMicrotask(() => kept.forEach(hear)); // the caller first learns how to hang up
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
  return tell;
}

function post<T>(path: string, body?: unknown): Promise<T> {
  return request<T>(fetchSend, { method: "POST", path, body });
}
