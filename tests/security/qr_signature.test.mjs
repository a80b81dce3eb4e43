// Further flaws of the QR login, the signature and the certificate (security.md 1.4: Q9 to Q16).
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import smCrypto from 'sm-crypto';
import { Phone } from '../outside_client/phone.mjs';
import { PASSPHRASE } from '../outside_client/qr.mjs';
import { metricsOf } from '../support/metrics.mjs';
import { people, succeeded, world } from './support/world.mjs';

const here = world();


const confirmWith = (phone, ticket, signature) => phone.confirmWith(ticket.token, phone.certificate.serial, signature);

// The five wrong signatures that kill a ticket, without one to spare: a new ticket after three.
async function refusedOn(phone, signatures, verdict = /^403 signature_wrong$/) {
  let ticket;
  let used = 0;
  for (const [name, make] of Object.entries(signatures)) {
    if (!ticket || used === 3) {
      ticket?.socket.close();
      ticket = await here.scanned(phone);
      used = 0;
    }
    const answer = await confirmWith(phone, ticket, make(ticket.text, ticket));
    assert.match(answer.verdict, verdict, name);
    used += 1;
  }
  succeeded(await confirmWith(phone, ticket, phone.certificate.keys.sign(ticket.text)));
  ticket.socket.close();
}

test('Q9 Signature replay: a signature counts for one ticket, once', async () => {
  const lin = await here.phone('lin');
  const first = await here.scanned(lin);
  const signature = lin.certificate.keys.sign(first.text);
  succeeded(await confirmWith(lin, first, signature));
  assert.equal((await confirmWith(lin, first, signature)).verdict, '409 ticket_state', 'the same ticket');
  const other = await here.scanned(lin);
  assert.equal((await confirmWith(lin, other, signature)).verdict, '403 signature_wrong', 'another ticket');
  const nonces = new Set([first, other].map(({ text }) => /^nonce: ([\w-]{43})$/m.exec(text)[1]));
  assert.equal(nonces.size, 2, '256 bits, new for each');
  first.socket.close();
  other.socket.close();
});

test('Q10 Cross-purpose signature: the same nonce under another purpose, version or nothing is refused', async () => {
  const lin = await here.phone('lin');
  const sign = (text) => lin.certificate.keys.sign(text);
  const instead = (first) => (text) => sign(text.replace('qrgate-login-v1', first));
  await refusedOn(lin, {
    certificate: instead('qrgate-certificate-v1'), endorsement: instead('qrgate-endorsement-v1'), version: instead('qrgate-login-v2'),
    contract: instead('contract'), none: (text) => sign(text.slice('qrgate-login-v1\n'.length)),
    'the nonce alone': (text) => sign(/^nonce: (.*)$/m.exec(text)[1]),
  });
});

test('Q11 Client-chosen payload: a signature over a text with any one field changed is refused, and a text is not taken', async () => {
  const lin = await here.phone('lin');
  const fields = ['origin', 'ticket', 'nonce', 'person', 'certificate', 'browser', 'address', 'started', 'expires'];
  const changed = Object.fromEntries(fields.map((field) => [field,
    (text) => lin.certificate.keys.sign(text.replace(new RegExp(`^${field}: .`, 'm'), (found) => `${found.slice(0, -1)}~`))]));
  await refusedOn(lin, { ...changed, 'a line more': (text) => lin.certificate.keys.sign(`${text}\n`), 'no line end': (text) => lin.certificate.keys.sign(text.trimEnd()) });
  const ticket = await here.scanned(lin);
  const signature = lin.certificate.keys.sign('anything').toString('base64url');
  for (const key of ['text', 'payload', 'nonce', 'digest', 'algorithm', 'public_key']) {
    const answer = await lin.call('POST', `/tickets/${ticket.token}/confirm`,
      { certificate: lin.certificate.serial, signature, [key]: 'anything' });
    assert.equal(answer.verdict, '400 bad_request', key);
  }
  ticket.socket.close();
});

test('Q12 Certificate checks missing: ten bad certificates are refused at the scan, and alike where one exists', async () => {
  const lin = await here.phone('lin');
  const gongsi = await here.phone('gongsi');
  const spare = new Phone(here.base, people.lin);
  succeeded(await spare.login());
  const revoked = (await spare.makeCertificate(PASSPHRASE)).certificate;
  succeeded(await spare.revoke(revoked.serial));
  const disabled = (await spare.makeCertificate(PASSPHRASE)).certificate;
  for (let i = 0; i < 10; ++i) assert.equal((await spare.unlock(disabled, '111333')).verdict, '403 passphrase_wrong');
  const ticket = await here.waiting();
  const { serial } = lin.certificate;
  const bad = {
    revoked: revoked.serial, disabled: disabled.serial, "another person's": gongsi.certificate.serial,
    unknown: crypto.randomBytes(serial.length / 2).toString('hex'), 'a common name': people.lin.identity_number,
    'upper case': serial.toUpperCase(), 'with zeros before it': `00${serial}`, 'cut off': serial.slice(2), empty: '', 'a list': [serial],
  };
  const shown = new Set();
  for (const [name, certificate] of Object.entries(bad)) {
    const answer = await lin.scan(ticket.token, { certificate });
    if (name !== 'upper case' || serial !== serial.toUpperCase()) {
      assert.match(answer.verdict, /^(403 certificate_unusable|403 certificate_missing|400 bad_request)$/, name);
    }
    if (answer.status === 403) shown.add(answer.text);
  }
  assert.equal(shown.size, 1, 'the same words for all that are no good');
  succeeded(await lin.scan(ticket.token, { certificate: serial }));
  ticket.socket.close();
});

test('Q12 Certificate checks missing: a certificate whose year is over scans nothing', async () => {
  const zhao = await here.phone('zhao');
  await here.demo.advance(366 * 24 * 3600);
  const later = new Phone(here.base, people.zhao);
  later.device = zhao.device;
  succeeded(await later.login());
  const ticket = await here.waiting();
  const answer = await later.scan(ticket.token, { certificate: zhao.certificate.serial });
  assert.equal(answer.verdict, '403 certificate_unusable');
  ticket.socket.close();
  here.phones = {};
});

test('Q13 SM2 identity trap: a signature under another distinguishing id, or without one, is refused', async () => {
  const { sm2 } = smCrypto;
  const { privateKey, publicKey } = sm2.generateKeyPairHex();
  const under = (id) => (text) => Buffer.from(sm2.doSignature(text, privateKey, { der: true, hash: true, publicKey, userId: id }), 'hex');
  const lin = new Phone(here.base, people.lin);
  succeeded(await lin.login());
  const started = await lin.startCertificate();
  const prepared = lin.prepareCertificate({ ...started, passphrase: PASSPHRASE });
  const keys = { algorithm: 'sm2', publicPoint: Buffer.from(publicKey, 'hex'), sign: under('1234567812345678') };
  prepared.body.public_key = keys.publicPoint.toString('base64url');
  prepared.body.proof = keys.sign(`qrgate-certificate-v1\n${started.challenge}\n`).toString('base64url');
  prepared.keys = keys;
  const made = await lin.finishCertificate(prepared);
  succeeded(made.answer);
  lin.certificate = made.certificate;
  const unhashed = (text) => Buffer.from(sm2.doSignature(text, privateKey, { der: true, hash: false, publicKey }), 'hex');
  await refusedOn(lin, {
    'another id': under('8765432112345678'), 'an empty id': under(''), 'the number as id': under(people.lin.identity_number),
    'without the digest of the id': unhashed,
  });
});

// DER of SEQUENCE {INTEGER r, INTEGER s}, with its parts as the caller wants them.
const tlv = (tag, value, long) => Buffer.concat([Buffer.from(long ? [tag, 0x81, value.length] : [tag, value.length]), value]);
function partsOf(signature) {
  const r = signature.subarray(4, 4 + signature[3]);
  return { r, s: signature.subarray(4 + r.length + 2) };
}
const der = ({ r, s }, { long = false, long_inner = false } = {}) =>
  tlv(0x30, Buffer.concat([tlv(2, r, long_inner), tlv(2, s)]), long);
const thirtyTwo = (number) => Buffer.concat([Buffer.alloc(32), number]).subarray(-32);
const padded = (number) => Buffer.concat([Buffer.alloc(1), number]);

test('Q14 Encoding and malleability: one strict DER encoding is taken, every other spelling of a right signature refused', async () => {
  const lin = await here.phone('lin');
  const right = (text) => lin.certificate.keys.sign(text);
  const spelled = (spell) => (text) => spell(partsOf(right(text)), right(text));
  const zero = Buffer.alloc(1);
  await refusedOn(lin, {
    raw: spelled(({ r, s }) => Buffer.concat([thirtyTwo(r), thirtyTwo(s)])),
    'a long length': spelled((parts) => der(parts, { long: true })),
    'a long inner length': spelled((parts) => der(parts, { long_inner: true })),
    'r with a zero before it': spelled(({ r, s }) => der({ r: padded(r), s })),
    's with a zero before it': spelled(({ r, s }) => der({ r, s: padded(padded(s)) })),
    'one octet more': (text) => Buffer.concat([right(text), zero]),
    'one octet less': (text) => right(text).subarray(0, -1),
    'r of zero': spelled(({ s }) => der({ r: zero, s })),
    's of zero': spelled(({ r }) => der({ r, s: zero })),
    'r and s changed about': spelled(({ r, s }) => der({ r: s, s: r })),
    'a set instead of a sequence': spelled((_, whole) => Buffer.concat([Buffer.from([0x31]), whole.subarray(1)])),
    empty: () => Buffer.alloc(0),
    'an empty sequence': () => Buffer.from([0x30, 0]),
    'half a kilobyte': () => crypto.randomBytes(500),
  }, /^(403 signature_wrong|400 bad_request)$/);
  const ticket = await here.scanned(lin);
  const huge = await confirmWith(lin, ticket, crypto.randomBytes(1 << 20));
  assert.equal(huge.verdict, '413 too_large');
  const signature = right(ticket.text);
  for (const spelling of [signature.toString('base64'), signature.toString('hex'), `${signature.toString('base64url')}=`]) {
    if (spelling === signature.toString('base64url')) continue; // nothing to tell them apart by
    const body = { certificate: lin.certificate.serial, signature: spelling };
    const answer = await lin.call('POST', `/tickets/${ticket.token}/confirm`, body);
    assert.match(answer.verdict, /^(403 signature_wrong|400 bad_request)$/, spelling);
  }
  ticket.socket.close();
});

test('Q15 Passphrase brute force: the tenth wrong one disables the certificate for good; other doors stay open', async () => {
  const gongsi = await here.phone('gongsi');
  const left = [];
  for (let i = 0; i < 10; ++i) {
    const answer = await gongsi.unlock(gongsi.certificate, `11133${i}`);
    assert.equal(answer.verdict, '403 passphrase_wrong');
    left.push(answer.json.tries_left);
  }
  assert.deepEqual(left, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  const eleventh = await gongsi.unlock(gongsi.certificate, PASSPHRASE);
  assert.equal(eleventh.verdict, '403 certificate_unusable', 'the right one comes too late');
  assert.equal(eleventh.json.secret, undefined);
  const ticket = await here.waiting();
  assert.match((await gongsi.scan(ticket.token)).verdict, /^403 certificate_(unusable|missing)$/);
  succeeded(await here.passwordLogin(await here.browser(), people.gongsi));
  ticket.socket.close();
});

test('Q16 Passphrase sent to the server: no call has a place for it, and the canary is nowhere', async () => {
  const canary = '904817263540';
  const phone = new Phone(here.base, people.lin);
  succeeded(await phone.login());
  const started = await phone.startCertificate();
  const prepared = phone.prepareCertificate({ ...started, passphrase: canary });
  for (const key of ['passphrase', 'pin', 'private_key', 'passphrase_hash']) {
    const answer = await phone.call('POST', '/certificates', { ...prepared.body, [key]: canary });
    assert.equal(answer.verdict, '400 bad_request', key);
  }
  const { certificate, answer } = await phone.finishCertificate(prepared);
  succeeded(answer);
  const unlock = await phone.call('POST', `/certificates/${certificate.serial}/unlock`, { verifier: 'A'.repeat(43), passphrase: canary });
  assert.equal(unlock.verdict, '400 bad_request');
  succeeded(await phone.unlock(certificate, canary));
  const metrics = await metricsOf(here.server);
  for (const [where, text] of Object.entries({ log: here.server.log, metrics, database: await here.dump() })) {
    assert.ok(!text.includes(canary), where);
  }
});
