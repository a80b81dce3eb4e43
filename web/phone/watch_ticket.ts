import type { TicketState } from "../core/phone_api.ts";
import { watchTicket as watch } from "../core/watch_ticket.ts";
import type { App } from "./app.ts";

export function watchTicket(app: App, ticket: string, atOnce = false): () => void {
  const watcher = {
    became: (state: TicketState, session: string | undefined) => app.send({ type: "became", state, ...(session !== undefined && { session }) }),
    lost: (error: unknown) => app.lost(error),
  };
  return watch(app.phone.api, ticket, watcher, atOnce);
}
