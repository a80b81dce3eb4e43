import assert from "node:assert/strict";
import { createHmac, hkdfSync, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { utf8 } from "../core/octets.ts";
import { KeyDamaged, openKey, sealKey, stretch, verifierOf } from "../core/passphrase.ts";
import { birthDateOf, passphraseFault, passphraseRules } from "../core/passphrase_rules.ts";
import { platform } from "./phone_fakes.ts";

const born = "19840517";
const rules: [string, string | null][] = [
  ["", "empty"],
  ["12a456", "not_digits"],
  ["１３５２４６", "not_digits"],
  ["13524", "too_short"],
  ["1".repeat(33), "too_long"],
  ["123456", "run"],
  ["654321", "run"],
  ["111111", "run"],
  ["890123", "run"],
  ["012345", "run"],
  ["9123450", "run"],
  ["123123", "run"],
  ["121212", "run"],
  ["112211", "run"],
  ["19840517", "birth_date"],
  ["840517", "birth_date"],
  ["17051984", "birth_date"],
  ["05171984", "birth_date"],
  ["198405", "birth_date"],
  ["9840517", "birth_date"],
  ["135246", null],
  ["802914", null],
  ["123498", null],
];
for (const [passphrase, fault] of rules) {
  test(`the passphrase "${passphrase}" is ${fault ?? "good"}`, () => {
    assert.equal(passphraseFault(passphrase, born), fault);
  });
}

test("a company has no birth date to avoid", () => {
  assert.equal(birthDateOf("corporate", "91110000DEM0000014"), "");
  assert.equal(birthDateOf("personal", "11010119840517009X"), born);
  assert.equal(passphraseFault("840517", ""), null);
});

test("the rules that are ticked while typing are the rules that refuse", () => {
  const all = { length: true, simple: true, birth_date: true };
  assert.deepEqual(passphraseRules("135246", "19840517"), all);
  assert.deepEqual(passphraseRules("", ""), { length: false, simple: false, birth_date: false });
  assert.deepEqual(passphraseRules("12345x", ""), { length: false, simple: false, birth_date: false });
  assert.deepEqual(passphraseRules("123456", ""), { ...all, simple: false });
  assert.deepEqual(passphraseRules("840517", "19840517"), { ...all, birth_date: false });
  for (const typed of ["135246", "111111", "19840517", "12", "98273641"]) {
    const kept = Object.values(passphraseRules(typed, "19840517")).every(Boolean);
    assert.equal(kept, passphraseFault(typed, "19840517") === null, typed);
  }
});

test("KDF and verifier are what the protocol says", async () => {
  const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
  const stretched = await stretch("135246", salt);
  assert.deepEqual(Buffer.from(stretched), pbkdf2Sync("135246", salt, 10_000, 32, "sha256"));
  const verifier = createHmac("sha256", stretched).update("unlock").digest();
  assert.deepEqual(Buffer.from(verifierOf(stretched)), verifier);
});

test("the key is sealed under HKDF of passphrase and secret with AES-256-GCM", async () => {
  const { createDecipheriv } = await import("node:crypto");
  const [stretched, secret, key] = [utf8("s".repeat(32)), utf8("t".repeat(32)), utf8("k".repeat(32))];
  const sealed = await sealKey(platform(), stretched, secret, "0a1b", key);
  const under = hkdfSync("sha256", Buffer.concat([stretched, secret]), "", "qrgate-key-v1", 32);
  const open = createDecipheriv("aes-256-gcm", new Uint8Array(under), sealed.slice(0, 12));
  open.setAAD(Buffer.from("0a1b")).setAuthTag(sealed.slice(-16));
  assert.deepEqual(Buffer.concat([open.update(sealed.slice(12, -16)), open.final()]), Buffer.from(key));
});

test("a sealed key opens only with its own passphrase, secret and serial", async () => {
  const [stretched, secret, key] = [utf8("s".repeat(32)), utf8("t".repeat(32)), utf8("k".repeat(32))];
  const sealed = await sealKey(platform(), stretched, secret, "0a1b", key);
  assert.deepEqual(openKey(stretched, secret, "0a1b", sealed), key);
  assert.throws(() => openKey(utf8("x".repeat(32)), secret, "0a1b", sealed), KeyDamaged);
  assert.throws(() => openKey(stretched, utf8("x".repeat(32)), "0a1b", sealed), KeyDamaged);
  assert.throws(() => openKey(stretched, secret, "0a1c", sealed), KeyDamaged);
  assert.throws(() => openKey(stretched, secret, "0a1b", sealed.slice(0, 5)), KeyDamaged);
});
