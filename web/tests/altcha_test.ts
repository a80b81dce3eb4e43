// Our search, with a challenge of the library that defines the format (altcha-lib). That library solves and checks ours in
// tests/browser/captcha_ways.test.mjs.
import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { solve, type Challenge, type Derive } from "../core/altcha.ts";

const derive: Derive = async (password, salt, cost, octets) => pbkdf2Sync(password, salt, cost, octets, "sha256");

// Made by altcha-lib 2.8.0, counter 37.
const challenge: Challenge = {
  parameters: {
    cost: 200,
    keyLength: 32,
    keyPrefix: "4bbf89d6f3ba7c379dcde7a722c5d8f3",
    nonce: "8fc4b7d2d67ce8f8e6b8e7935882b307",
    salt: "a4ac98a9506febc07f548bd0a3a04270",
  },
  signature: "44cf423e23f276f94c63ef19181ad4ae24dda8a6da9c86890b2f2b82b922af7a",
};

test("the library's challenge is solved with the library's counter", async () => {
  const solved = await solve(challenge, derive, () => true);

  assert.equal(solved?.solution.counter, 37);
  assert.equal(solved?.solution.derivedKey, "4bbf89d6f3ba7c379dcde7a722c5d8f399e6879c9ba98bff71be08bea8f3b41b");
  assert.deepEqual(solved?.challenge, challenge);
});

test("the search ends when nobody waits for it", async () => {
  let asked = 0;
  const solved = await solve(challenge, derive, () => ++asked < 3);

  assert.equal(solved, null);
  assert.equal(asked, 3);
});
