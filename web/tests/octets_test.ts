import assert from "node:assert/strict";
import { test } from "node:test";
import { EncodingError, fromBase64Url, fromHex, toBase64Url, toHex, utf8 } from "../core/octets.ts";

test("base64url, hex and UTF-8 agree with the platform's own, for every length", () => {
  for (let length = 0; length < 70; length++) {
    const octets = Uint8Array.from({ length }, (_, i) => (i * 37 + length * 11) & 255);
    assert.equal(toBase64Url(octets), Buffer.from(octets).toString("base64url"));
    assert.deepEqual(fromBase64Url(toBase64Url(octets)), octets);
    assert.deepEqual(fromHex(toHex(octets)), octets);
  }
  assert.deepEqual(Buffer.from(utf8("证书 %41 é😀\n")), Buffer.from("证书 %41 é😀\n"));
});

for (const text of ["A", "AB=", "AB==", "A+", "A/", "AB ", "AB\n", "AC", "AAB"]) {
  test(`${JSON.stringify(text)} is no base64url`, () => assert.throws(() => fromBase64Url(text), EncodingError));
}
for (const text of ["a", "0G", "AB"]) {
  test(`${text} is no lower-case hex`, () => assert.throws(() => fromHex(text), EncodingError));
}
