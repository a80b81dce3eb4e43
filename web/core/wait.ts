// The browser that waits for a phone (docs/protocol.md section 4), as a pure machine: next(state, event) gives the new
// state and what is to be done. Sockets, timers and the page are at the edge (portal/qr_tab.ts) and only report back.
// What is certain never depends on this machine: a lost message is read again by reconnecting, the server decides.
import { start, type Effect, type Event, type Frame, type State, type Step, type Timer, type View } from "./wait_state.ts";

const hidden_ms = 60_000;
const hint_ms = 20_000;
const full_ms = 30_000;
const most_retries = 5;

// A phone is busy with this browser's ticket: the socket stays, whatever the window does.
export function isBusy(view: View): boolean {
  return view === "scanned" || view === "needs_code" || view === "redeeming" || view === "done";
}

function backoff(failures: number): number {
  return 1000 * 2 ** Math.min(failures, 3); // 1, 2, 4, 8 s
}

export function next(state: State, event: Event): Step {
  switch (event.type) {
    case "opened":
      return state.view === "idle" ? connect(state) : [state, []];
    case "left":
      return isBusy(state.view) ? [state, []] : rest(state, "idle");
    case "refresh":
      return connect({ ...state, notice: "" });
    case "hidden":
      return [{ ...state, hidden: true }, state.view === "idle" ? [] : [{ do: "start", timer: "hidden", ms: hidden_ms }]];
    case "shown":
      return shown({ ...state, hidden: false });
    case "online":
      return state.offline ? reconnect(state) : [state, []];
    case "frame":
      return onFrame(state, event.frame);
    case "closed":
      return onClosed(state, event.code);
    case "timer":
      return onTimer(state, event.timer);
    case "cancel":
      return state.view === "scanned" || state.view === "needs_code"
        ? [{ ...state, notice: "cancelled", problem: "" }, [{ do: "cancel" }]]
        : [state, []];
    case "cancel_failed":
      return [{ ...state, notice: "", problem: event.problem }, []];
    case "code_typed":
      return state.view === "needs_code" ? redeem({ ...state, typed_code: event.code }) : [state, []];
    default:
      return onRedeem(state, event);
  }
}

function connect(state: State): Step {
  return [
    { ...start, hidden: state.hidden, notice: state.notice, view: "connecting" },
    [...stopAll, { do: "connect", renew: state.view !== "idle" }],
  ];
}

const stopAll: Effect[] = [
  { do: "stop", timer: "reconnect" },
  { do: "stop", timer: "hint" },
  { do: "stop", timer: "redeem" },
];

// No socket and no timers until the person comes back or asks.
function rest(state: State, view: View): Step {
  return [{ ...state, view, offline: false, code: null, hint: false }, [...stopAll, { do: "disconnect" }]];
}

function reconnect(state: State): Step {
  return [state, [{ do: "stop", timer: "reconnect" }, { do: "connect", renew: true }]];
}

function shown(state: State): Step {
  const stop: Effect = { do: "stop", timer: "hidden" };
  if (state.view === "paused") {
    const [after, effects] = connect(state);
    return [after, [stop, ...effects]];
  }
  if (state.offline) {
    const [after, effects] = reconnect(state);
    return [after, [stop, ...effects]];
  }
  return [state, [stop]];
}

function onTimer(state: State, timer: Timer): Step {
  switch (timer) {
    case "reconnect":
      return state.offline || state.view === "full" ? reconnect(state) : [state, []];
    case "hidden":
      return state.hidden && (state.view === "connecting" || state.view === "ready" || state.view === "full") ? rest(state, "paused") : [state, []];
    case "hint":
      return [{ ...state, hint: state.view === "ready" }, []];
    case "redeem":
      return state.view === "redeeming" ? [state, [{ do: "redeem", code: state.typed_code }]] : [state, []];
  }
}

function onFrame(before: State, frame: Frame): Step {
  const state: State = { ...before, offline: false, failures: 0 };
  const news: Effect[] = before.offline ? [{ do: "say", text: "online" }] : [];
  switch (frame.type) {
    case "code":
      return onCode(state, frame, news);
    case "scanned":
      if (isBusy(state.view)) return [state, news];
      return [{ ...state, view: "scanned", notice: "", hint: false, problem: "" }, [{ do: "stop", timer: "hint" }, { do: "say", text: "scanned" }]];
    case "confirmed":
      if (state.view === "redeeming" || state.view === "done") return [state, news];
      if (!frame.needs_code) return redeem({ ...state, typed_code: "" });
      return [{ ...state, view: "needs_code", hint: false, notice: "" }, state.view === "needs_code" ? news : [{ do: "say", text: "needs_code" }]];
    case "denied":
      return [{ ...state, view: "connecting", code: null, notice: "denied", problem: "" }, []];
    case "expired":
      return [{ ...state, view: "expired", code: null, notice: "", hint: false }, [{ do: "stop", timer: "hint" }, { do: "say", text: "expired" }]];
    default: // a newer server's
      return [state, news];
  }
}

// A rotation is silent; a code after something else is announced. While an answer to redeem is awaited, that answer decides.
function onCode(state: State, code: NonNullable<State["code"]>, news: Effect[]): Step {
  if (state.view === "redeeming" || state.view === "done") return [{ ...state, code }, []];
  if (state.view === "ready") return [{ ...state, code }, news];
  return [
    { ...state, view: "ready", code, problem: "" },
    [{ do: "say", text: state.notice || "ready" }, { do: "start", timer: "hint", ms: hint_ms }],
  ];
}

function onClosed(state: State, code: number): Step {
  if (state.view === "done" || state.view === "idle" || state.view === "paused" || state.view === "failed") return [state, []];
  switch (code) {
    case 4000:
      return state.view === "expired" ? [state, []] : [rest(state, "expired")[0], [...stopAll, { do: "say", text: "expired" }]];
    case 4001:
      return state.view === "redeeming" ? [state, []] : [rest(state, "superseded")[0], [...stopAll, { do: "say", text: "superseded" }]];
    case 1013:
      return [
        { ...state, view: "full", offline: false, code: null, hint: false },
        [...stopAll, { do: "start", timer: "reconnect", ms: full_ms, jitter: true }, ...(state.view === "full" ? [] : [{ do: "say", text: "full" } as const])],
      ];
    default:
      return lost(state);
  }
}

function lost(state: State): Step {
  if (state.view === "expired" || state.view === "superseded" || state.view === "redeeming") return [state, []];
  return [
    { ...state, offline: true, failures: state.failures + 1 },
    [
      { do: "start", timer: "reconnect", ms: backoff(state.failures), jitter: true },
      ...(state.offline ? [] : [{ do: "say", text: "offline" } as const]),
    ],
  ];
}

function redeem(state: State): Step {
  return [
    { ...state, view: "redeeming", hint: false, notice: "", problem: "", retries: 0 },
    [{ do: "stop", timer: "hint" }, { do: "say", text: "confirmed" }, { do: "redeem", code: state.typed_code }],
  ];
}

type RedeemEvent = Extract<Event, { type: "redeemed" | "redeem_refused" | "redeem_unanswered" }>;

// Single use wins: a refusal after an unanswered redeem may mean that the lost answer was the login.
function onRedeem(state: State, event: RedeemEvent): Step {
  if (state.view !== "redeeming") return [state, []];
  switch (event.type) {
    case "redeemed":
      return [{ ...state, view: "done", offline: false }, [...stopAll, { do: "disconnect" }, { do: "go", to: event.to }]];
    case "redeem_unanswered":
      if (state.retries >= most_retries) return failed(state, event.problem);
      return [{ ...state, retries: state.retries + 1 }, [{ do: "start", timer: "redeem", ms: backoff(state.retries), jitter: true }]];
    case "redeem_refused":
      if (event.code === "code_wrong") return [{ ...state, view: "needs_code", problem: event.problem }, [{ do: "say", text: "needs_code" }]];
      return failed(state, event.problem);
  }
}

function failed(state: State, problem: string): Step {
  const [after, effects] = rest(state, "failed");
  return [{ ...after, problem }, [...effects, { do: "say", text: "failed" }]];
}
