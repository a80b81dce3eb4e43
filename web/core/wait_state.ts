// What the wait machine (wait.ts) remembers, hears and asks for.

export type View =
  | "idle" // the tab is closed: no socket
  | "connecting" // no code yet
  | "ready" // a code is shown
  | "scanned"
  | "needs_code" // the phone shows a code that is typed here
  | "redeeming"
  | "done"
  | "expired" // the whole wait is over
  | "superseded" // a newer window of this browser waits
  | "full"
  | "paused" // hidden for a minute
  | "failed"; // the login could not be finished; `problem` says why

export interface State {
  view: View;
  offline: boolean; // the connection is lost and comes back by itself
  code: { url: string; short_code: string } | null;
  notice: "" | "denied" | "cancelled"; // why there is a new code
  hint: boolean; // nobody scanned for 20 s
  hidden: boolean;
  failures: number; // connections lost in a row
  retries: number; // redeems without an answer in a row
  typed_code: string;
  problem: string; // the server's words
}

export type Frame =
  | { type: "code"; url: string; short_code: string }
  | { type: "scanned" }
  | { type: "confirmed"; needs_code?: boolean }
  | { type: "denied" }
  | { type: "expired" };

export type Event =
  | { type: "opened" | "left" } // the tab
  | { type: "refresh" } // the button on a dead code
  | { type: "shown" | "hidden" } // the window
  | { type: "online" } // the browser says the network is back
  | { type: "frame"; frame: Frame }
  | { type: "closed"; code: number }
  | { type: "timer"; timer: Timer }
  | { type: "cancel" } // 不是我，换二维码
  | { type: "cancel_failed"; problem: string }
  | { type: "code_typed"; code: string }
  | { type: "redeemed"; to: string }
  | { type: "redeem_refused"; code: string; problem: string }
  | { type: "redeem_unanswered"; problem: string };

export type Timer = "reconnect" | "hidden" | "hint" | "redeem";

export type Announcement = "ready" | "scanned" | "needs_code" | "confirmed" | "denied" | "cancelled" | "expired" | "offline" | "online" | "superseded" | "full" | "failed";

export type Effect =
  | { do: "connect"; renew: boolean } // renew: ask for a valid pre-session first
  | { do: "disconnect" }
  | { do: "start"; timer: Timer; ms: number; jitter?: true }
  | { do: "stop"; timer: Timer }
  | { do: "cancel" }
  | { do: "redeem"; code: string }
  | { do: "go"; to: string }
  | { do: "say"; text: Announcement };

export type Step = [State, Effect[]];

export const start: State = {
  view: "idle", offline: false, code: null, notice: "", hint: false, hidden: false, failures: 0, retries: 0, typed_code: "", problem: "",
};
