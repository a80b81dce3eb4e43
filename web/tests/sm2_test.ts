// SM2 against OpenSSL's command line: what the phone signs must verify there, and the other way round.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fromHex, joined, toHex, utf8 } from "../core/octets.ts";
import { makeKeyPair, sign, SigningError, verify } from "../core/sm2.ts";
import { platform, randomness } from "./phone_fakes.ts";

const place = mkdtempSync(join(tmpdir(), "qrgate-sm2-"));
after(() => rmSync(place, { recursive: true }));

const identity = "distid:1234567812345678";
const spkiHead = fromHex("3059301306072a8648ce3d020106082a811ccf5501822d034200");

function file(name: string, content: Uint8Array): string {
  writeFileSync(join(place, name), content);
  return join(place, name);
}

function opensslVerifies(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = file("pub.der", joined(spkiHead, publicKey));
  const where = ["-inkey", key, "-keyform", "DER", "-in", file("msg", message), "-sigfile", file("sig", signature)];
  try {
    execFileSync("openssl", ["pkeyutl", "-verify", "-pubin", "-rawin", "-digest", "sm3", "-pkeyopt", identity, ...where]);
    return true;
  } catch {
    return false;
  }
}

test("a signature of the phone verifies in OpenSSL", async () => {
  const keys = await makeKeyPair(platform());
  for (let i = 0; i < 8; i++) {
    const message = utf8(`qrgate-login-v1\n第 ${i} 次\n`);
    assert.ok(opensslVerifies(keys.publicKey, message, await sign(platform(), keys, message)));
  }
});

test("one changed octet of the message or the signature is refused by OpenSSL", async () => {
  const keys = await makeKeyPair(platform());
  const message = utf8("qrgate-login-v1\n");
  const signature = await sign(platform(), keys, message);
  const last = signature.length - 1;
  const changed = Uint8Array.from(signature, (octet, i) => (i === last ? octet ^ 1 : octet));
  assert.equal(opensslVerifies(keys.publicKey, utf8("qrgate-login-v2\n"), signature), false);
  assert.equal(opensslVerifies(keys.publicKey, message, changed), false);
});

test("a signature of OpenSSL verifies on the phone", () => {
  const key = join(place, "k.pem");
  execFileSync("openssl", ["genpkey", "-algorithm", "SM2", "-out", key], { stdio: "ignore" });
  const message = utf8("用户");
  const out = join(place, "o.der");
  const how = ["-rawin", "-digest", "sm3", "-pkeyopt", identity, "-in", file("m", message), "-out", out];
  execFileSync("openssl", ["pkeyutl", "-sign", "-inkey", key, ...how]);
  const spki = execFileSync("openssl", ["pkey", "-in", key, "-pubout", "-outform", "DER"]);
  assert.ok(verify(new Uint8Array(spki.subarray(-65)), message, new Uint8Array(readFileSync(out))));
});

test("keys come from the platform's randomness and from nothing else", async () => {
  const [one, same, other] = [randomness("a"), randomness("a"), randomness("b")];
  const first = await makeKeyPair(one);
  assert.deepEqual(first, await makeKeyPair(same));
  assert.notDeepEqual(first, await makeKeyPair(other));
  assert.equal(first.privateKey.length, 32);
  assert.equal(toHex(first.publicKey).slice(0, 2), "04");
  assert.equal(first.publicKey.length, 65);
});

test("every signature has its own nonce from the platform's randomness", async () => {
  const keys = await makeKeyPair(randomness("a"));
  const message = utf8("x");
  const stream = randomness("n");
  const first = await sign(stream, keys, message);
  assert.notDeepEqual(first, await sign(stream, keys, message));
  assert.deepEqual(first, await sign(randomness("n"), keys, message));
});

test("randomness that is all alike or too short makes no key", async () => {
  await assert.rejects(makeKeyPair({ random: async (n) => new Uint8Array(n) }), SigningError);
  await assert.rejects(makeKeyPair({ random: async () => new Uint8Array([1, 2, 3]) }), SigningError);
});

test("a private key that does not belong to the public key makes no signature", async () => {
  const keys = await makeKeyPair(platform());
  const other = await makeKeyPair(platform());
  await assert.rejects(sign(platform(), { ...keys, privateKey: other.privateKey }, utf8("x")), SigningError);
});
