// What the QR tab's script has ready where the page names it (login.qr.html), before the page's own script asks for it:
// an import() would be answered only after the first paint. In the shell because both scripts share nothing else.
import type { startQrTab } from "../portal/qr_tab.ts";

export const early: { startQrTab?: typeof startQrTab } = {};

// `kept`: what came before somebody listened, which a browser would throw away.
export interface Line {
  socket: WebSocket;
  kept: (MessageEvent | CloseEvent)[];
}

export function dial(query: string): Line {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/qr${query}`, "qrgate.v1");
  const kept: Line["kept"] = [];
  socket.onmessage = socket.onclose = (event: MessageEvent | CloseEvent) => void kept.push(event);
  return { socket, kept };
}
