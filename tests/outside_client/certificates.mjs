// The life of a certificate after its making (docs/protocol.md section 5): looked at, not renewed too early, deleted,
// published as revoked, of no use any more.
import crypto from 'node:crypto';
import { check, equal, expect, expectSuccess, matches, RFC3339 } from './checks.mjs';
import { exchange } from './http.mjs';
import { openTicket, PASSPHRASE } from './qr.mjs';

const derOf = (pem) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');

async function revokedList(base) {
  const answer = expect(await exchange(base, 'GET', '/ca.crl'), '200');
  equal(answer.headers['content-type'], 'application/pkix-crl', 'content-type');
  return answer.bytes;
}

export async function certificateLife(base, { phone }) {
  const made = await check('a certificate to be deleted again is made', async () => {
    const { answer, certificate } = await phone.makeCertificate(PASSPHRASE);
    const { serial, certificate_pem } = expectSuccess(answer).json;
    return { ...certificate, serial, der: derOf(certificate_pem) };
  });
  const path = `/certificates/${made.serial}`;

  await check('one is looked at; its fingerprint is that of what the phone was given', async () => {
    const { json } = expect(await phone.call('GET', path), '200');
    equal(json.serial, made.serial, 'serial');
    equal(json.fingerprint, crypto.createHash('sha256').update(made.der).digest('hex'), 'fingerprint');
    matches(json.subject, /./, 'subject');
    matches(json.issuer, /./, 'issuer');
    matches(json.issued_at, RFC3339, 'issued_at');
    equal(json.state, 'active', 'state');
    equal(json.renewable, false, 'renewable');
    expect(await phone.call('GET', '/certificates/00ff'), '404 not_found');
  });

  await check('a renewal is refused while its end is far', async () => {
    const started = await phone.startCertificate();
    expectSuccess(started.answer);
    const { body } = phone.prepareCertificate({ ...started, passphrase: PASSPHRASE });
    const text = `qrgate-endorsement-v1\n${started.challenge}\n${body.public_key}\n`;
    const renewal = { renews: made.serial, endorsed_by: made.serial, endorsement: made.keys.sign(text).toString('base64url') };
    expect(await phone.call('POST', '/certificates', { ...body, ...renewal }), '400 bad_request');
  });

  await check('deleted, it is on the published list and scans nothing', async () => {
    const serial = Buffer.from(made.serial, 'hex');
    equal((await revokedList(base)).includes(serial), false, 'on the list before');
    expect(await phone.revoke(made.serial), '204');
    equal((await revokedList(base)).includes(serial), true, 'on the list after');
    equal((await phone.call('GET', path)).json?.state ?? 'gone', 'revoked', 'state');
    const { token, socket } = await openTicket(base);
    expect(await phone.scan(token, { certificate: made.serial }), '403 certificate_unusable');
    socket.close();
  });
}
