// Waiting where WebSockets do not get through: Server-Sent Events, and where a proxy keeps those back, long polls.
// The messages are the same (docs/protocol.md sections 3 and 4); the way that was heard from is kept for the next time.
import { request } from "../core/api.ts";
import type { Event, Frame } from "../core/wait_state.ts";
import { fetchSend } from "../shell/fetch_send.ts";

type Message = Frame | { type: "closed"; code: number };

const silent_ms = 8000;
const poll_ms = 40_000; // the server answers after 25 s
let events_fail = false;

// Ends by the function it gives back; then nothing more is heard.
export function listenSlowly(query: string, news: (event: Event) => void): () => void {
  let over = false;
  let leave = (): void => {};

  function end(code: number): void {
    if (over) return;
    over = true;
    leave();
    news({ type: "closed", code });
  }

  function take(message: Message): void {
    if (over) return;
    if (message.type === "closed") end(message.code);
    else news({ type: "frame", frame: message });
  }

  function events(): void {
    const source = new EventSource(`/api/v1/qr/events${query}`);
    let heard = false;
    const failed = (): void => {
      leave();
      if (over) return;
      if (heard) return end(1006);
      events_fail = true;
      void poll();
    };
    const silence = setTimeout(failed, silent_ms);
    leave = () => {
      clearTimeout(silence);
      source.close();
    };
    source.onerror = failed;
    source.onmessage = ({ data }) => {
      heard = true;
      clearTimeout(silence);
      take(JSON.parse(String(data)) as Message);
    };
  }

  async function poll(): Promise<void> {
    leave = () => {};
    const easy = query.replace("?", "&");
    for (let after = ""; !over; ) {
      try {
        const path = `/api/v1/qr/poll?${after && `after=${after}`}${easy}`;
        const answer = await request<{ messages: Message[]; cursor?: string } | null>(fetchSend, { method: "GET", path, timeout_ms: poll_ms });
        if (!answer) return end(1000);
        after = answer.cursor ?? after;
        answer.messages.forEach(take);
      } catch {
        events_fail = false;
        return end(1006);
      }
    }
  }

  if (events_fail) void poll();
  else events();
  return () => {
    over = true;
    leave();
  };
}
