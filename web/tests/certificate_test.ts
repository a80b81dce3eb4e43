// Making and using a certificate against a small server in memory that counts passphrases as the real one does.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ApiError, type Answer, type Call } from "../core/api.ts";
import { CertificateUnfinished, finishTakingBack, makeCertificate, signText, type Phone } from "../core/certificate.ts";
import { DeviceStore } from "../core/device_store.ts";
import { fromBase64Url, utf8 } from "../core/octets.ts";
import { KeyDamaged } from "../core/passphrase.ts";
import { PhoneApi, triesLeft } from "../core/phone_api.ts";
import { verify } from "../core/sm2.ts";
import { platform } from "./phone_fakes.ts";

const serial = "0a1b2c";

class Server {
  issued: Record<string, string> | null = null;
  revoked: string[] = [];
  triesLeft = 10;
  breaks: (call: Call) => boolean = () => false;

  send = async (call: Call): Promise<Answer> => {
    assert.equal(call.token, "bearer");
    if (this.breaks(call)) throw new Error("no network");
    const body = call.body as Record<string, string>;
    if (call.method === "DELETE") {
      this.revoked.push(call.path.split("/").pop() ?? "");
      return { status: 204, body: null };
    }
    if (call.path.endsWith("/unlock")) return this.unlock(body["verifier"] ?? "");
    this.issued = body;
    return { status: 201, body: { serial, certificate_pem: "", not_after: "2027-11-22T00:00:00Z" } };
  };

  private unlock(verifier: string): Answer {
    if (verifier === this.issued?.["unlock_verifier"]) return { status: 200, body: { secret: "c".repeat(43).replace(/.$/, "A") } };
    this.triesLeft--;
    return { status: 403, body: { error: { code: "passphrase_wrong", message: "" }, tries_left: this.triesLeft } };
  }
}

function phoneOf(server: Server): Phone & { platform: ReturnType<typeof platform> } {
  const here = platform(server.send);
  const api = new PhoneApi(here.send);
  api.token = "bearer";
  return { platform: here, api, store: new DeviceStore(here) };
}

const wish = { person: "p1", challenge: "ch", smsCode: "123456", passphrase: "135246", biometric: { kind: "simulated" } };

test("a certificate is made, its key kept sealed, and a text signed with the passphrase", async () => {
  const server = new Server();
  const phone = phoneOf(server);
  const key = await makeCertificate(phone, wish);
  const publicKey = fromBase64Url(server.issued?.["public_key"] ?? "");
  const proof = fromBase64Url(server.issued?.["proof"] ?? "");
  assert.ok(verify(publicKey, utf8("qrgate-certificate-v1\nch\n"), proof));
  assert.equal(server.issued?.["sms_code"], "123456");
  assert.equal(fromBase64Url(server.issued?.["unlock_verifier"] ?? "").length, 32);
  assert.deepEqual(phone.store.keys("p1"), [key]);
  assert.deepEqual(phone.store.keys("p2"), []);
  const signature = await signText(phone, key, "135246", "text\n");
  assert.ok(verify(publicKey, utf8("text\n"), fromBase64Url(signature)));
});

test("neither passphrase nor plain key is written anywhere", async () => {
  const server = new Server();
  const phone = phoneOf(server);
  await makeCertificate(phone, wish);
  const written = JSON.stringify([...phone.platform.store.kept.entries()]) + JSON.stringify(server.issued);
  assert.ok(!written.includes("135246"));
  assert.ok(!/private/i.test(written));
});

test("a wrong passphrase signs nothing and says how many tries are left", async () => {
  const server = new Server();
  const phone = phoneOf(server);
  const key = await makeCertificate(phone, wish);
  await assert.rejects(
    signText(phone, key, "135247", "text\n"),
    (error) => error instanceof ApiError && error.code === "passphrase_wrong" && triesLeft(error) === 9,
  );
});

test("a stored key that was changed is named damaged", async () => {
  const phone = phoneOf(new Server());
  const key = await makeCertificate(phone, wish);
  const changed = { ...key, sealed: key.sealed.replace(/^./, (c) => (c === "A" ? "B" : "A")) };
  await assert.rejects(signText(phone, changed, "135246", "text\n"), KeyDamaged);
});

test("a certificate whose key cannot be kept is revoked at once", async () => {
  const server = new Server();
  const phone = phoneOf(server);
  phone.platform.store.full = true;
  await assert.rejects(makeCertificate(phone, wish), (error) => error instanceof CertificateUnfinished && error.revoked);
  assert.deepEqual(server.revoked, [serial]);
});

test("a certificate left behind by a broken network is revoked when the network is back", async () => {
  const server = new Server();
  const phone = phoneOf(server);
  server.breaks = (call) => call.path.endsWith("/unlock") || call.method === "DELETE";
  await assert.rejects(makeCertificate(phone, wish), (error) => error instanceof CertificateUnfinished && !error.revoked);
  assert.deepEqual(phone.store.keys("p1"), []);
  await finishTakingBack(phone, "p1");
  assert.deepEqual(phone.store.unfinished("p1"), [serial]);
  server.breaks = () => false;
  await finishTakingBack(phone, "p2");
  assert.deepEqual(server.revoked, []);
  await finishTakingBack(phone, "p1");
  assert.deepEqual(server.revoked, [serial]);
  assert.deepEqual(phone.store.unfinished("p1"), []);
});

test("a finger proves a challenge that names the new key", async () => {
  const server = new Server();
  let asked = "";
  const biometric = async (challenge: string) => {
    asked = challenge;
    return { kind: "webauthn", client_data: "AA" };
  };
  await makeCertificate(phoneOf(server), { ...wish, biometric });
  const text = `qrgate-biometric-v1\nch\n${server.issued?.["public_key"]}\n`;
  assert.equal(asked, createHash("sha256").update(text).digest("base64url"));
  assert.deepEqual(server.issued?.["biometric"], { kind: "webauthn", client_data: "AA" });
});

test("a finger that is refused asks nothing of the server", async () => {
  const server = new Server();
  const refused = Promise.reject(new Error("NotAllowedError"));
  await assert.rejects(makeCertificate(phoneOf(server), { ...wish, biometric: () => refused }), /NotAllowedError/);
  assert.equal(server.issued, null);
});

test("a renewal is endorsed by the old key, whose place the new one takes", async () => {
  const server = new Server();
  const phone = phoneOf(server);
  const old = { ...(await makeCertificate(phone, wish)) };
  const oldPublicKey = fromBase64Url(old.publicKey);
  // The small server knows one serial only; the old key is kept under another.
  phone.store.removeKey(serial);
  const renewed = await makeCertificate(phone, wish);
  const kept = phone.store.keys("p1");
  assert.deepEqual(kept, [renewed]);
  await assert.rejects(
    makeCertificate(phone, { ...wish, passphrase: "246135", renews: renewed }),
    (error) => error instanceof ApiError && error.code === "passphrase_wrong",
  );
  await makeCertificate(phone, { ...wish, renews: renewed });
  const { endorsed_by, endorsement, renews, public_key } = server.issued ?? {};
  assert.deepEqual([endorsed_by, renews], [serial, serial]);
  const text = utf8(`qrgate-endorsement-v1\nch\n${public_key}\n`);
  assert.ok(verify(fromBase64Url(renewed.publicKey), text, fromBase64Url(endorsement ?? "")));
  assert.ok(!verify(oldPublicKey, text, fromBase64Url(endorsement ?? "")));
});

test("a wrong SMS code leaves nothing to take back", async () => {
  const server = new Server();
  const phone = phoneOf(server);
  const error = { error: { code: "code_wrong", message: "验证码错误" } };
  phone.api = new PhoneApi(async () => ({ status: 403, body: error }));
  await assert.rejects(makeCertificate(phone, wish), (caught) => caught instanceof ApiError && caught.code === "code_wrong");
  assert.deepEqual(phone.store.unfinished("p1"), []);
});

test("the device value is made once and kept; a damaged store does no harm", async () => {
  const phone = phoneOf(new Server());
  const device = await phone.store.device();
  assert.equal(fromBase64Url(device).length, 16);
  assert.equal(await phone.store.device(), device);
  phone.platform.store.set("qrgate.keys", "{not json");
  phone.platform.store.set("qrgate.login", "[]");
  assert.deepEqual(phone.store.keys("p1"), []);
  assert.equal(phone.store.login(), null);
});
