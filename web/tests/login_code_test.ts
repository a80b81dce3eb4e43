import assert from "node:assert/strict";
import { test } from "node:test";
import { readQrContent, readShortCode, tokenOfPath } from "../core/login_code.ts";

const origin = "https://login.example";

test("a login code of our origin gives its token", () => {
  assert.deepEqual(readQrContent(`${origin}/s/a_B-9`, origin), { kind: "token", token: "a_B-9" });
});

for (const content of ["https://evil.example/s/a", `${origin}.evil/s/a`, "http://login.example/s/a", `${origin}/pay`]) {
  test(`${content} is foreign`, () => assert.equal(readQrContent(content, origin).kind, "foreign"));
}
for (const content of ["hello", `${origin}/s/a/b`, `${origin}/s/`, `${origin}/s/${"a".repeat(33)}`, "javascript:1"]) {
  test(`${content} is no login code`, () => assert.equal(readQrContent(content, origin).kind, "unreadable"));
}

const typed: [string, string | null][] = [
  ["K7QD-M3RP", "K7QDM3RP"],
  ["k7qd m3rp", "K7QDM3RP"],
  ["Ｋ７ＱＤ－Ｍ３ＲＰ", "K7QDM3RP"],
  ["07QD-M3RP", "07QDM3RP"],
  ["K7QD-M3R", null],
  ["K7QD-M3RPP", null],
  ["K7QD-M0RP", null],
  ["K7QD-MIRP", null],
  ["", null],
];
for (const [text, code] of typed) {
  test(`"${text}" typed is ${code ?? "no code"}`, () => assert.equal(readShortCode(text), code));
}

test("the path of a scanned code gives its token, other paths give none", () => {
  assert.equal(tokenOfPath("/s/abc_-9"), "abc_-9");
  for (const path of ["/phone", "/s/", "/s/a/b", "/s/a%20b", `/s/${"a".repeat(33)}`]) assert.equal(tokenOfPath(path), null);
});
