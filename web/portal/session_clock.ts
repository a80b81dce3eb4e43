// The end of the session, by the server's clock: a warning 60 s before it with one button to stay, then the login page.
import { byId, el, fill } from "../shell/dom.ts";
import { serverNow } from "../shell/fetch_send.ts";
import type { AccountTexts } from "./account_texts.ts";
import type { OwnSession } from "./account_view.ts";

const warning_ms = 60_000;

export interface SessionClock {
  set(session: OwnSession): void;
  stop(): void;
}

export function startSessionClock(texts: AccountTexts, stay: () => void, over: () => void): SessionClock {
  let ends = 0;
  const place = byId("ending");

  function look(): void {
    const left = ends - serverNow();
    if (ends === 0) return;
    if (left <= 0) return over();
    if (left > warning_ms) return place.replaceChildren();
    if (place.firstChild) return; // said once; a countdown that speaks every second helps nobody
    const button = el("button", { type: "button", class: "button primary" }, texts.stay);
    button.addEventListener("click", stay);
    place.replaceChildren(el("p", {}, fill(texts.ending, { n: Math.round(left / 1000) })), button);
  }

  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  return {
    set(session) {
      ends = Date.parse(session.expires_at);
      place.replaceChildren();
      look();
    },
    stop: () => void (ends = 0),
  };
}
