// Notices at once when this page's session is ended elsewhere ("this was not me", a new password, logout in another
// window): a long poll that the server answers with 401 the moment it happens. Rests while the page is hidden.
import { call, isLoggedOut } from "./account_call.ts";

const wait_s = 25;
const pause_ms = 3000; // after an answer that came too soon, or none
const doubt_ms = 700; // a new cookie of this browser may be on its way (a change of password, another login)

export function startSessionWatch(over: () => void): void {
  void watch(over);
}

async function watch(over: () => void): Promise<void> {
  for (;;) {
    if (document.hidden) await shown();
    const began = performance.now();
    try {
      await call("GET", `/api/v1/session/watch?wait=${wait_s}`, undefined, (wait_s + 10) * 1000);
      if (performance.now() - began < pause_ms) await sleep(pause_ms);
    } catch (error) {
      if (isLoggedOut(error) && (await isOver())) return over();
      await sleep(pause_ms);
    }
  }
}

async function isOver(): Promise<boolean> {
  for (const wait of [0, doubt_ms]) {
    if (wait > 0) await sleep(wait);
    try {
      await call("GET", "/api/v1/session");
      return false;
    } catch (error) {
      if (!isLoggedOut(error)) return false; // not known: the next look says
    }
  }
  return true;
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function shown(): Promise<void> {
  return new Promise((done) => document.addEventListener("visibilitychange", () => done(), { once: true }));
}
