// What becomes of a ticket, asked again and again until it is final or the view is left.
import { ApiError } from "../core/api.ts";
import type { Outcome } from "../core/phone_api.ts";
import type { App } from "./app.ts";

const waitS = 25;
const pauseMs = 1500;

export function watchTicket(app: App, ticket: string): () => void {
  let stopped = false;
  let last = "";

  async function ask(): Promise<void> {
    try {
      const outcome = await app.phone.api.outcome(ticket, waitS);
      if (stopped) return;
      const changed = outcome.state !== last;
      last = outcome.state;
      const session = sessionOf(outcome);
      if (changed) app.send({ type: "became", state: outcome.state, ...(session !== undefined && { session }) });
    } catch (error) {
      if (stopped || app.lost(error)) return;
      if (error instanceof ApiError && (error.status === 404 || error.status === 410)) {
        app.send({ type: "became", state: "expired" });
      }
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
