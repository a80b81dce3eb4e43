import assert from "node:assert/strict";
import { test } from "node:test";
import { readLoginText, TextRefused, type TextFault } from "../core/signed_text.ts";

const expected = { origin: "https://login.example", person: "p1", certificate: "0a1b", ticket: "aTOKEN" };
const lines = [
  "qrgate-login-v1",
  "origin: https://login.example",
  "ticket: aTOKEN",
  `nonce: ${"n".repeat(43)}`,
  "person: p1",
  "certificate: 0a1b",
  "browser: Chrome on Windows 10",
  "address: 203.0.113.9",
  "started: 2026-11-22T08:00:00Z",
  "expires: 2026-11-22T08:05:00Z",
];
const good = `${lines.join("\n")}\n`;

test("the fields a person sees come from the text", () => {
  const login = readLoginText(good, expected);
  assert.equal(login.family, "Chrome");
  assert.equal(login.os, "Windows 10");
  assert.equal(login.address, "203.0.113.9");
  assert.equal(login.started, "2026-11-22T08:00:00Z");
  assert.equal(login.origin, "https://login.example");
});

const bad: [string, string, TextFault][] = [
  ["another first line", good.replace("v1", "v2"), "malformed"],
  ["no last line feed", good.slice(0, -1), "malformed"],
  ["a line too many", `${good}note: 1\n`, "malformed"],
  ["a line too few", good.replace(/address: .*\n/, ""), "malformed"],
  ["lines in another order", [...lines.slice(0, 8), lines[9], lines[8], ""].join("\n"), "malformed"],
  ["CR LF", good.replace(/\n/g, "\r\n"), "malformed"],
  ["a field without value", good.replace("203.0.113.9", ""), "malformed"],
  ["a control character", good.replace("Chrome", "Chr\u0007ome"), "malformed"],
  ["writing that is turned round", good.replace("Chrome", "\u202eChrome"), "malformed"],
  ["an upper-case serial", good.replace("0a1b", "0A1B"), "malformed"],
  ["a time without zone", good.replace("08:05:00Z", "08:05:00"), "malformed"],
  ["nothing", "", "malformed"],
  ["a foreign origin", good.replace("login.example", "login.example.net"), "origin"],
  ["an origin with a path", good.replace("login.example", "login.example/x"), "malformed"],
  ["another person", good.replace("person: p1", "person: p2"), "person"],
  ["another certificate", good.replace("0a1b", "0a1c"), "certificate"],
  ["another ticket", good.replace("aTOKEN", "aTOKEM"), "ticket"],
];
for (const [what, text, fault] of bad) {
  test(`a text with ${what} is refused (${fault})`, () => {
    assert.throws(
      () => readLoginText(text, expected),
      (error) => error instanceof TextRefused && error.fault === fault,
    );
  });
}
