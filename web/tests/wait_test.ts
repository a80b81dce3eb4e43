import assert from "node:assert/strict";
import { test } from "node:test";
import { next } from "../core/wait.ts";
import { start, type Effect, type Event, type State, type View } from "../core/wait_state.ts";

const code: Event = { type: "frame", frame: { type: "code", url: "https://login.example/s/T1", short_code: "K7QD-M3RP" } };
const newer: Event = { type: "frame", frame: { type: "code", url: "https://login.example/s/T2", short_code: "K7QD-M3RQ" } };
const opened: Event = { type: "opened" };
const scanned: Event = { type: "frame", frame: { type: "scanned" } };
const confirmed: Event = { type: "frame", frame: { type: "confirmed" } };
const asksCode: Event = { type: "frame", frame: { type: "confirmed", needs_code: true } };
const denied: Event = { type: "frame", frame: { type: "denied" } };
const expired: Event = { type: "frame", frame: { type: "expired" } };
const closed = (n: number): Event => ({ type: "closed", code: n });
const timer = (name: "reconnect" | "hidden" | "hint" | "redeem"): Event => ({ type: "timer", timer: name });

function run(...events: Event[]): { state: State; last: Effect[]; all: Effect[] } {
  let state = start;
  let last: Effect[] = [];
  const all: Effect[] = [];
  for (const event of events) {
    [state, last] = next(state, event);
    all.push(...last);
  }
  return { state, last, all };
}

function said(effects: Effect[]): string[] {
  return effects.flatMap((effect) => (effect.do === "say" ? [effect.text] : []));
}

const paths: [what: string, events: Event[], view: View, offline: boolean, said: string[]][] = [
  ["opening the tab connects", [opened], "connecting", false, []],
  ["a code is shown", [opened, code], "ready", false, ["ready"]],
  ["a rotation is silent", [opened, code, newer, code], "ready", false, ["ready"]],
  ["a scan", [opened, code, scanned], "scanned", false, ["ready", "scanned"]],
  ["a scan told twice is said once", [opened, code, scanned, scanned], "scanned", false, ["ready", "scanned"]],
  ["a confirmation redeems", [opened, code, scanned, confirmed], "redeeming", false, ["ready", "scanned", "confirmed"]],
  ["a confirmation without a scan seen (resumed) redeems", [opened, confirmed], "redeeming", false, ["confirmed"]],
  ["a code is asked for", [opened, code, scanned, asksCode], "needs_code", false, ["ready", "scanned", "needs_code"]],
  ["denied, then a fresh code says why", [opened, code, scanned, denied, newer], "ready", false, ["ready", "scanned", "denied"]],
  ["cancelled here, then a fresh code", [opened, code, scanned, { type: "cancel" }, newer], "ready", false, ["ready", "scanned", "cancelled"]],
  ["the wait is over", [opened, code, expired, closed(4000)], "expired", false, ["ready", "expired"]],
  ["4000 alone is enough", [opened, code, closed(4000)], "expired", false, ["ready", "expired"]],
  ["another window", [opened, code, closed(4001)], "superseded", false, ["ready", "superseded"]],
  ["full", [opened, closed(1013)], "full", false, ["full"]],
  ["full again is not said again", [opened, closed(1013), timer("reconnect"), closed(1013)], "full", false, ["full"]],
  ["a lost connection keeps the view", [opened, code, scanned, closed(1006)], "scanned", true, ["ready", "scanned", "offline"]],
  ["lost several times is said once", [opened, code, closed(1006), closed(1006), closed(1006)], "ready", true, ["ready", "offline"]],
  ["back again", [opened, code, closed(1001), timer("reconnect"), newer], "ready", false, ["ready", "offline", "online"]],
  ["a confirmation that came while offline is not lost", [opened, code, scanned, closed(1006), timer("reconnect"), confirmed], "redeeming", false, ["ready", "scanned", "offline", "confirmed"]],
  ["leaving the tab", [opened, code, { type: "left" }], "idle", false, ["ready"]],
  ["leaving the tab after a scan changes nothing", [opened, code, scanned, { type: "left" }], "scanned", false, ["ready", "scanned"]],
  ["hidden for a minute", [opened, code, { type: "hidden" }, timer("hidden")], "paused", false, ["ready"]],
  ["hidden for a minute after a scan", [opened, code, scanned, { type: "hidden" }, timer("hidden")], "scanned", false, ["ready", "scanned"]],
  ["hidden, but shown before the minute is over", [opened, code, { type: "hidden" }, { type: "shown" }, timer("hidden")], "ready", false, ["ready"]],
  ["shown again after a pause", [opened, code, { type: "hidden" }, timer("hidden"), { type: "shown" }], "connecting", false, ["ready"]],
  ["frames after leaving do not come back from idle by a close", [opened, { type: "left" }, closed(1000)], "idle", false, []],
];
for (const [what, events, view, offline, texts] of paths) {
  test(`wait: ${what}`, () => {
    const { state, all } = run(...events);

    assert.deepEqual({ view: state.view, offline: state.offline, said: said(all) }, { view, offline, said: texts });
  });
}

test("wait: reconnects after 1, 2, 4, 8, 8 s, each time with jitter", () => {
  const waits = [1, 2, 3, 4, 5].map((n) => run(opened, code, ...Array<Event>(n).fill(closed(1006))).last);

  assert.deepEqual(
    waits.map((effects) => effects.find((effect) => effect.do === "start")),
    [1000, 2000, 4000, 8000, 8000].map((ms) => ({ do: "start", timer: "reconnect", ms, jitter: true })),
  );
});

test("wait: a frame ends the counting of failures", () => {
  const { last } = run(opened, closed(1006), closed(1006), timer("reconnect"), code, closed(1006));

  assert.ok(last.some((effect) => effect.do === "start" && effect.ms === 1000));
});

for (const dead of [closed(4000), closed(4001)]) {
  test(`wait: after ${dead.type === "closed" ? dead.code : 0} nothing reconnects until the button is pressed`, () => {
    const { state, last } = run(opened, code, dead);

    assert.ok(!last.some((effect) => effect.do === "start" || effect.do === "connect"));
    assert.deepEqual(next(state, timer("reconnect"))[1], []);
    assert.deepEqual(next(state, { type: "shown" })[1], [{ do: "stop", timer: "hidden" }]);
    assert.ok(next(state, { type: "refresh" })[1].some((effect) => effect.do === "connect"));
  });
}

test("wait: nobody scanned for 20 s gives the hint, a rotation keeps it, a scan takes it away", () => {
  assert.ok(run(opened, code).last.some((effect) => effect.do === "start" && effect.timer === "hint" && effect.ms === 20_000));
  assert.equal(run(opened, code, timer("hint"), newer).state.hint, true);
  assert.equal(run(opened, code, timer("hint"), scanned).state.hint, false);
  assert.equal(run(opened, code, scanned, timer("hint")).state.hint, false);
});

test("wait: redeems once, however often the confirmation is told", () => {
  const { all } = run(opened, code, scanned, confirmed, confirmed, newer, closed(1006), confirmed);

  assert.equal(all.filter((effect) => effect.do === "redeem").length, 1);
});

test("wait: the answer to redeem is followed and the socket closed", () => {
  const { state, last } = run(opened, code, scanned, confirmed, { type: "redeemed", to: "/account" });

  assert.equal(state.view, "done");
  assert.ok(last.some((effect) => effect.do === "go" && effect.to === "/account"));
  assert.ok(last.some((effect) => effect.do === "disconnect"));
});

test("wait: a redeem without an answer is tried again, and not for ever", () => {
  const unanswered: Event = { type: "redeem_unanswered", problem: "no network" };
  const again = run(opened, confirmed, unanswered, timer("redeem"));
  const tooOften = run(opened, confirmed, ...Array<Event>(6).fill(unanswered));

  assert.deepEqual(again.last, [{ do: "redeem", code: "" }]);
  assert.deepEqual([tooOften.state.view, tooOften.state.problem], ["failed", "no network"]);
});

test("wait: the typed code is sent; a wrong one is asked for again with the server's words", () => {
  const typed = run(opened, code, scanned, asksCode, { type: "code_typed", code: "123456" });
  const wrong = next(typed.state, { type: "redeem_refused", code: "code_wrong", problem: "再试一次" })[0];

  assert.ok(typed.last.some((effect) => effect.do === "redeem" && effect.code === "123456"));
  assert.deepEqual([wrong.view, wrong.problem], ["needs_code", "再试一次"]);
});

test("wait: any other refusal of redeem is told, with a way to start again", () => {
  const { state } = run(opened, code, scanned, confirmed, { type: "redeem_refused", code: "ticket_state", problem: "已失效" });

  assert.deepEqual([state.view, state.problem], ["failed", "已失效"]);
  assert.equal(next(state, { type: "refresh" })[0].view, "connecting");
});

test("wait: cancel is sent only for a scanned ticket", () => {
  assert.deepEqual(run(opened, code, scanned, { type: "cancel" }).last, [{ do: "cancel" }]);
  assert.deepEqual(run(opened, code, { type: "cancel" }).last, []);
});

test("wait: no order of events breaks it, and a paused, idle or dead view has no code", () => {
  const events: Event[] = [
    opened, code, newer, scanned, confirmed, asksCode, denied, expired, closed(1000), closed(1001), closed(1006), closed(1013), closed(4000),
    closed(4001), timer("reconnect"), timer("hidden"), timer("hint"), timer("redeem"), { type: "left" }, { type: "refresh" }, { type: "hidden" },
    { type: "shown" }, { type: "online" }, { type: "cancel" }, { type: "cancel_failed", problem: "p" }, { type: "code_typed", code: "1" },
    { type: "redeemed", to: "/" }, { type: "redeem_refused", code: "busy", problem: "p" }, { type: "redeem_unanswered", problem: "p" },
  ];
  let seed = 20261122;
  for (let round = 0; round < 500; round++) {
    let state = start;
    const told: string[] = [];
    for (let i = 0; i < 40; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const event = events[(seed >>> 8) % events.length] as Event;
      told.push(JSON.stringify(event));
      state = next(state, event)[0];
      if (["idle", "paused", "superseded", "expired", "failed"].includes(state.view)) assert.equal(state.code, null, told.join("\n"));
      if (state.view === "ready") assert.notEqual(state.code, null, told.join("\n"));
    }
  }
});
