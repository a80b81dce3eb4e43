// What becomes of a ticket, asked again and again until the asker leaves.
import { ApiError } from "./api.ts";
import type { Outcome, PhoneApi, TicketState } from "./phone_api.ts";

const waitS = 25;
const pauseMs = 1500;

export interface Watcher {
  became(state: TicketState, session: string | undefined): void;
  lost(error: unknown): boolean; // the login is over: true ends the watch
}

// `atOnce`: what it is now is news (the answer to a confirm was lost), so the first question does not wait for a change.
export function watchTicket(api: PhoneApi, ticket: string, watcher: Watcher, atOnce = false): () => void {
  let stopped = false;
  let wait = atOnce ? 0 : waitS;
  let last = "";

  async function ask(): Promise<void> {
    try {
      const outcome = await api.outcome(ticket, wait);
      if (stopped) return;
      wait = waitS;
      const changed = outcome.state !== last;
      last = outcome.state;
      if (changed) watcher.became(outcome.state, sessionOf(outcome));
    } catch (error) {
      if (stopped || watcher.lost(error)) return;
      if (error instanceof ApiError && (error.status === 404 || error.status === 410)) watcher.became("expired", undefined);
    }
    // A server whose waiting places are full answers at once: the pause keeps this from turning fast.
    if (!stopped) setTimeout(() => void (stopped || ask()), pauseMs);
  }

  void ask();
  return () => void (stopped = true);
}

function sessionOf({ session }: Outcome): string | undefined {
  return typeof session === "object" ? session.id : session;
}
