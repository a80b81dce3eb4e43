import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Outcome, PhoneApi, TicketState } from "../core/phone_api.ts";
import { watchTicket } from "../core/watch_ticket.ts";

// Answers `scanned` to everything, and keeps how long each question was willing to wait.
function watched(atOnce?: boolean): { waits: number[]; became: TicketState[]; stop: () => void } {
  const waits: number[] = [];
  const became: TicketState[] = [];
  const outcome = async (_: string, waitS: number): Promise<Outcome> => (waits.push(waitS), { state: "scanned" });
  const stop = watchTicket({ outcome } as unknown as PhoneApi, "aTOKEN", { became: (state) => void became.push(state), lost: () => false }, atOnce);
  return { waits, became, stop };
}

test("a watch waits for a change", () => {
  const { waits, stop } = watched();
  stop();
  assert.deepEqual(waits, [25]);
});

test("whose confirm was not answered is told at once what the ticket is, and then of changes", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { waits, became, stop } = watched(true);
  await Promise.resolve();
  await Promise.resolve();
  mock.timers.tick(1500);
  stop();
  mock.timers.reset();

  assert.deepEqual(waits, [0, 25]);
  assert.deepEqual(became, ["scanned"]);
});
