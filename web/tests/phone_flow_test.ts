import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, next, type Event, type Flow } from "../core/phone_flow.ts";
import type { Scan } from "../core/phone_api.ts";
import type { LoginText } from "../core/signed_text.ts";

const person = { id: "p1", kind: "personal", name_masked: "林*", level: 3 } as const;
const wanted = { code: "aTOKEN", typed: false };
const scan = { ticket: "aTOKEN", certificate: "0a" } as Scan;
const login = { ticket: "aTOKEN" } as LoginText;
const notice = { tone: "info", text: "" } as const;

function after(flow: Flow, ...events: Event[]): Flow {
  return events.reduce(next, flow);
}
const reviewing = after(begin(person, wanted), { type: "scanned", scan, login });

test("a token in the path waits for the login, then is opened", () => {
  const flow = begin(null, wanted);
  assert.equal(flow.view.at, "login");
  assert.equal(after(flow, { type: "logged_in", person }).view.at, "opening");
});

test("without a token the login leads home", () => {
  assert.equal(after(begin(null, null), { type: "logged_in", person }).view.at, "home");
});

test("a code that finds no certificate waits until there is one", () => {
  const flow = after(begin(person, wanted), { type: "certificate_needed", notice }, { type: "go", to: "certificate" });
  assert.equal(flow.view.at, "certificate");
  assert.equal(after(flow, { type: "certificate_made", notice }).view.at, "opening");
});

test("going home forgets the code", () => {
  const flow = after(begin(person, wanted), { type: "certificate_needed", notice }, { type: "go", to: "home" });
  assert.equal(after(flow, { type: "certificate_made", notice }).view.at, "certificates");
});

test("the way to a certificate leads over the list of them and keeps the code", () => {
  const flow = after(begin(person, wanted), { type: "certificate_needed", notice }, { type: "go", to: "certificates" }, { type: "go", to: "certificate" });
  assert.deepEqual(flow.wanted, wanted);
});

test("a renewal remembers which certificate it renews", () => {
  const flow = after(begin(person, null), { type: "go", to: "certificate", renews: "0a" });
  assert.deepEqual(flow.view, { at: "certificate", renews: "0a" });
});

test("a login that is lost keeps the code, logging out does not", () => {
  const lost = after(begin(person, wanted), { type: "login_lost", notice });
  assert.deepEqual([lost.view.at, lost.person, lost.wanted], ["login", null, wanted]);
  assert.equal(after(begin(person, wanted), { type: "logged_out" }).wanted, null);
});

test("a second code does not take the place of what is being reviewed", () => {
  assert.equal(after(reviewing, { type: "code_read", wanted: { code: "other", typed: false } }), reviewing);
});

test("a scan answer that comes after leaving changes nothing", () => {
  const left = after(begin(person, wanted), { type: "go", to: "home" });
  assert.equal(after(left, { type: "scanned", scan, login }).view.at, "home");
});

test("what is still being reviewed is drawn once, whatever is asked meanwhile", () => {
  assert.equal(after(reviewing, { type: "became", state: "scanned" }).view, reviewing.view);
});

const ends = ["redeemed", "denied", "cancelled", "expired", "dead"] as const;
for (const state of ends) {
  test(`${state} is final: later answers do not change it`, () => {
    const flow = after(reviewing, { type: "confirmed" }, { type: "became", state });
    assert.equal(flow.view.at === "outcome" && flow.view.became, state);
    for (const other of ["scanned", "confirmed", ...ends] as const) {
      assert.equal(after(flow, { type: "became", state: other }).view, flow.view);
    }
    assert.equal(after(flow, { type: "answer_lost" }).view, flow.view);
  });
}

test("a code to be typed stays on the screen while the computer is waited for", () => {
  const flow = after(reviewing, { type: "confirmed", code: "482913" });
  const later = after(flow, { type: "became", state: "confirmed" });
  assert.equal(later.view.at === "outcome" && later.view.code, "482913");
});

test("a confirm whose answer was lost but that arrived is found out", () => {
  const flow = after(reviewing, { type: "answer_lost" }, { type: "became", state: "redeemed", session: "s1" });
  assert.deepEqual(flow.view, { at: "outcome", ticket: "aTOKEN", became: "redeemed", session: "s1" });
});

test("a confirm that never arrived is offered again", () => {
  const flow = after(reviewing, { type: "answer_lost" }, { type: "became", state: "scanned" });
  assert.equal(flow.view.at, "opening");
  assert.deepEqual(flow.wanted, wanted);
});

test("a redeemed login can be undone", () => {
  const flow = after(reviewing, { type: "became", state: "redeemed", session: "s1" }, { type: "undone" });
  assert.equal(flow.view.at === "outcome" && flow.view.became, "undone");
});

test("without a login nothing but a login happens", () => {
  const out = begin(null, null);
  const events: Event[] = [
    { type: "go", to: "scan" },
    { type: "scanned", scan, login },
    { type: "confirmed" },
    { type: "became", state: "redeemed" },
    { type: "undone" },
  ];
  for (const event of events) assert.equal(after(out, event), out);
  assert.deepEqual(after(out, { type: "code_read", wanted }).wanted, wanted);
});

const low = { ...person, level: 2 };

test("who logs in below level 3 is asked, and only then", () => {
  assert.equal(after(begin(null, null), { type: "logged_in", person: low, fresh: true }).view.at, "raise");
  assert.equal(after(begin(null, null), { type: "logged_in", person, fresh: true }).view.at, "home");
  assert.equal(begin(low, null).view.at, "home");
  assert.equal(after(begin(null, wanted), { type: "logged_in", person: low, fresh: true }).view.at, "opening");
});

test("a proofing goes step by step, and no ends it", () => {
  const asked = after(begin(low, null), { type: "raise" });
  assert.equal(asked.view.at, "raise");
  assert.equal(after(asked, { type: "go", to: "home", notice }).view.at, "home");
  for (const step of ["identity", "verify", "declare"] as const) {
    assert.deepEqual(after(asked, { type: "proofing", step }).view, { at: "proofing", step });
  }
  assert.deepEqual(after(asked, { type: "checking", proofing: "f1" }).view, { at: "checking", proofing: "f1" });
});

test("a new level is the person's at once, and the view stays; another person's is nobody's", () => {
  const checking = after(begin(low, null), { type: "checking", proofing: "f1" });
  const raised = after(checking, { type: "level_changed", person });
  assert.equal(raised.person?.level, 3);
  assert.equal(raised.view, checking.view);
  assert.equal(after(checking, { type: "level_changed", person: { ...person, id: "p2" } }), checking);
});

test("without a login no proofing begins", () => {
  const out = begin(null, null);
  for (const event of [{ type: "raise" }, { type: "proofing", step: "declare" }, { type: "checking", proofing: "f1" }] as const) {
    assert.equal(after(out, event), out);
  }
});
