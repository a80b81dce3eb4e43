// What must not log anybody in (docs/protocol.md, "Rules that close the holes").
import { check, equal, expect, expectSuccess } from './checks.mjs';
import { people } from './demo.mjs';
import { Phone } from './phone.mjs';
import { openTicket, PASSPHRASE, scannedTicket } from './qr.mjs';

const changed = (bytes, at) => {
  const copy = Buffer.from(bytes);
  copy[at] ^= 1;
  return copy;
};

export async function refusals({ base, lin, certificate, second, hao, zhao }, phones) {
  await check('hao (level 2) is refused at the scan, and the ticket stays free for lin', async () => {
    const { socket, token } = await openTicket(base);
    expect(await hao.scan(token), '403 level_too_low');
    expect(await lin.scan(token), '200');
    await socket.message('scanned');
    expect(await hao.confirm(token, certificate, 'anything'), '403 level_too_low',
      '404 ticket_unknown', '409 ticket_taken', '409 ticket_state');
    socket.close();
  });

  await check('one changed byte, in the text or in the signature, is refused; the right one still counts', async () => {
    const { socket, token, scan } = await scannedTicket(base, lin, { certificate: certificate.serial });
    expect(await lin.confirm(token, certificate, scan.text.replace('origin: ', 'origin; ')), '403 signature_wrong');
    const good = certificate.keys.sign(scan.text);
    expect(await lin.confirmWith(token, certificate.serial, changed(good, good.length - 1)), '403 signature_wrong');
    expect(await lin.confirmWith(token, certificate.serial, good), '204', '200');
    await socket.message('confirmed', ['needs_code']);
    socket.close();
  });

  await check('a signature is strict DER: one octet more is refused', async () => {
    const { socket, token, scan } = await scannedTicket(base, lin, { certificate: certificate.serial });
    const longer = Buffer.concat([certificate.keys.sign(scan.text), Buffer.from([0])]);
    expect(await lin.confirmWith(token, certificate.serial, longer), '403 signature_wrong', '400 bad_request');
    socket.close();
  });

  await check('five wrong signatures kill the ticket', async () => {
    const { socket, token, scan } = await scannedTicket(base, lin, { certificate: certificate.serial });
    for (let tries = 0; tries < 5; tries++) {
      expect(await lin.confirm(token, certificate, `${scan.text} `), '403 signature_wrong');
    }
    expect(await lin.confirm(token, certificate, scan.text), '409 ticket_state');
    socket.close();
  });

  await check('the signature of another ticket is refused', async () => {
    const first = await scannedTicket(base, lin, { certificate: certificate.serial });
    const other = await scannedTicket(base, lin, { certificate: certificate.serial });
    const signature = certificate.keys.sign(first.scan.text);
    expect(await lin.confirmWith(other.token, certificate.serial, signature), '403 signature_wrong');
    first.socket.close();
    other.socket.close();
  });

  await check('a second phone finds the ticket taken and cannot confirm it', async () => {
    const { socket, token, scan } = await scannedTicket(base, lin, { certificate: certificate.serial });
    expect(await zhao.phone.scan(token), '409 ticket_taken');
    expect(await zhao.phone.confirm(token, zhao.certificate, scan.text), '404 ticket_unknown', '409 ticket_taken',
      '409 ticket_state', '403 certificate_unusable');
    socket.close();
  });

  await check("another person's certificate cannot be used", async () => {
    const { socket, token } = await openTicket(base);
    expect(await lin.scan(token, { certificate: zhao.certificate.serial }), '403 certificate_unusable',
      '403 certificate_missing');
    const { text } = expect(await lin.scan(token, { certificate: certificate.serial }), '200').json;
    expect(await lin.confirmWith(token, zhao.certificate.serial, zhao.certificate.keys.sign(text)),
      '403 certificate_unusable', '403 certificate_missing', '403 signature_wrong', '409 ticket_state');
    socket.close();
  });

  await check('another phone of lin cannot unlock the certificate of this one', async () => {
    const other = new Phone(base, people.lin);
    phones.push(other);
    expectSuccess(await other.login());
    const answer = await other.unlock(certificate, PASSPHRASE);
    equal(answer.status, 403, 'status');
    equal(answer.json.secret, undefined, 'secret');
  });

  await check('a P-256 certificate confirms too', async () => {
    const { socket, token, scan } = await scannedTicket(base, lin, { certificate: second.serial });
    expect(await lin.confirm(token, second, scan.text), '204', '200');
    await socket.message('confirmed', ['needs_code']);
    socket.close();
  });

  await check('a certificate revoked after the scan confirms nothing, and scans nothing', async () => {
    const { browser, socket, token, scan } = await scannedTicket(base, lin, { certificate: second.serial });
    expectSuccess(await lin.revoke(second.serial));
    expect(await lin.confirm(token, second, scan.text), '403 certificate_unusable', '409 ticket_state');
    const redeem = await browser.call('POST', '/api/v1/qr/redeem');
    expect(redeem, '404 ticket_unknown', '409 ticket_state');
    const fresh = await openTicket(base);
    expect(await lin.scan(fresh.token, { certificate: second.serial }), '403 certificate_unusable', '403 certificate_missing');
    socket.close();
    fresh.socket.close();
  });

  await check('deny tells the browser and gives it a fresh code', async () => {
    const { browser, socket, token, scan } = await scannedTicket(base, lin, { certificate: certificate.serial });
    expect(await lin.deny(token), '204');
    await socket.message('denied');
    const fresh = await socket.code();
    if (fresh.token === token) throw new Error('the code is the old one');
    expect(await lin.confirm(token, certificate, scan.text), '409 ticket_state');
    expect(await browser.call('POST', '/api/v1/qr/redeem'), '404 ticket_unknown', '409 ticket_state');
    socket.close();
  });

  await check('"not me" at the browser cancels the scan and gives a fresh code', async () => {
    const { browser, socket, token, scan } = await scannedTicket(base, lin, { certificate: certificate.serial });
    expect(await browser.call('POST', '/api/v1/qr/cancel'), '204');
    const fresh = await socket.code();
    if (fresh.token === token) throw new Error('the code is the old one');
    expect(await lin.confirm(token, certificate, scan.text), '409 ticket_state');
    socket.close();
  });

  await check('tokens that are not ours, and codes that nobody shows, are unknown', async () => {
    const { socket, token, code } = await openTicket(base);
    const forged = token.slice(0, 20) + (token[20] === 'A' ? 'B' : 'A') + token.slice(21);
    expect(await lin.scan(forged), '404 ticket_unknown');
    expect(await lin.scan('x'.repeat(32)), '404 ticket_unknown');
    const unused = code.short_code.slice(0, -1) + (code.short_code.endsWith('2') ? '3' : '2');
    expect(await lin.scan(unused), '404 ticket_unknown', '410 ticket_expired');
    socket.close();
  });
}
