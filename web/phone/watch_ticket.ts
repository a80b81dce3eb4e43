import { watchTicket as watch } from "../core/watch_ticket.ts";
import type { App } from "./app.ts";

export function watchTicket(app: App, ticket: string): () => void {
  return watch(app.phone.api, ticket, {
    became: (state, session) => app.send({ type: "became", state, ...(session !== undefined && { session }) }),
    lost: (error) => app.lost(error),
  });
}
