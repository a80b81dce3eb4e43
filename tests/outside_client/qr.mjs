// A whole QR login, and the tickets that the refusals need (docs/protocol.md sections 4 and 5).
import { check, equal, expect, expectSuccess, matches, refused, RFC3339 } from './checks.mjs';
import { people } from './demo.mjs';
import { Browser } from './http.mjs';
import { freshBrowser } from './password.mjs';
import { Phone } from './phone.mjs';
import { Waiting } from './waiting.mjs';

export const PASSPHRASE = '392817';

// A browser with a pre-session opens a socket and shows a code.
export async function showCode(browser) {
  const socket = await Waiting.open(browser);
  const code = await socket.code();
  return { browser, socket, token: code.token, code };
}
export const openTicket = async (base) => showCode(await freshBrowser(base));

// The same, scanned by this phone.
export async function scannedTicket(base, phone, body = {}) {
  const ticket = await openTicket(base);
  const scan = expect(await phone.scan(ticket.token, body), '200').json;
  await ticket.socket.message('scanned');
  return { ...ticket, scan };
}

export async function phonesReady(base, phones) {
  const passphrase = PASSPHRASE;

  const lin = await check('lin logs in on the phone', async () => {
    const phone = new Phone(base, people.lin);
    phones.push(phone);
    const answer = expectSuccess(await phone.login());
    equal(answer.json.person.level, 3, 'level');
    matches(answer.json.expires_at, RFC3339, 'expires_at');
    expect(await phone.call('GET', '/me'), '200');
    return phone;
  });

  const certificate = await check('lin makes an SM2 certificate; a wrong SMS code does not', async () => {
    const started = await lin.startCertificate();
    expectSuccess(started.answer);
    const prepared = lin.prepareCertificate({ ...started, passphrase });
    const wrong = { ...prepared, body: { ...prepared.body, sms_code: started.code === '000000' ? '000001' : '000000' } };
    expect((await lin.finishCertificate(wrong)).answer, '403 code_wrong');
    const made = await lin.finishCertificate(prepared);
    const { serial, certificate_pem, not_after } = expectSuccess(made.answer).json;
    matches(serial, /^[0-9a-f]+$/, 'serial');
    matches(certificate_pem, /^-----BEGIN CERTIFICATE-----\n/, 'certificate_pem');
    matches(not_after, RFC3339, 'not_after');
    const list = expect(await lin.call('GET', '/certificates'), '200');
    if (!list.text.includes(serial)) throw new Error('the new certificate is not in the list');
    return made.certificate;
  });

  const second = await check('and a P-256 one; a proof by another key does not', async () => {
    const wrong_proof = await lin.startCertificate();
    expectSuccess(wrong_proof.answer);
    const prepared = lin.prepareCertificate({ ...wrong_proof, passphrase, algorithm: 'p256' });
    const foreign = lin.prepareCertificate({ ...wrong_proof, passphrase, algorithm: 'p256' });
    prepared.body.proof = foreign.body.proof;
    expect((await lin.finishCertificate(prepared)).answer, '403 proof_wrong');
    const made = await lin.makeCertificate(passphrase, 'p256');
    expectSuccess(made.answer);
    return made.certificate;
  });

  const hao = await check('hao (level 2) logs in on the phone but gets no certificate', async () => {
    const phone = new Phone(base, people.hao);
    phones.push(phone);
    expectSuccess(await phone.login());
    expect((await phone.startCertificate()).answer, '403 level_too_low');
    return phone;
  });

  const zhao = await check('zhao has a phone and a certificate too', async () => {
    const phone = new Phone(base, people.zhao);
    phones.push(phone);
    expectSuccess(await phone.login());
    const made = await phone.makeCertificate(passphrase);
    expectSuccess(made.answer);
    return { phone, certificate: made.certificate };
  });

  return { base, lin, certificate, second, hao, zhao };
}

const LINES = ['origin', 'ticket', 'nonce', 'person', 'certificate', 'browser', 'address', 'started', 'expires'];

export function fieldsOf(text) {
  const lines = text.split('\n');
  equal(lines.shift(), 'qrgate-login-v1', 'first line');
  equal(lines.pop(), '', 'after the last line end');
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]);
  equal(pairs.map(([key]) => key).join(), LINES.join(), 'lines of the text');
  return Object.fromEntries(pairs);
}

export async function qrLogin({ base, lin, certificate }) {
  const { browser, socket, token, code } = await check('a waiting browser is given a code', async () => {
    const ticket = await openTicket(base);
    matches(ticket.token, /^[0-9A-Za-z_-]{1,32}$/, 'token');
    matches(ticket.code.short_code, /^[0-9A-Z][2-9A-HJKMNP-TV-Z]{3}-[2-9A-HJKMNP-TV-Z]{4}$/, 'short_code');
    equal(ticket.code.url, `${ticket.browser.origin}/s/${ticket.token}`, 'url');
    equal(ticket.code.expires_in, 60, 'expires_in');
    return ticket;
  });

  await check('the address in the QR code answers alike for live and dead tokens', async () => {
    const live = expect(await new Browser(base).call('GET', `/s/${token}`), '200');
    const dead = await new Browser(base).call('GET', `/s/${'x'.repeat(32)}`);
    equal(dead.status, live.status, 'status');
    equal(dead.text, live.text, 'page');
  });

  const before = await check('a redeem before any scan finds nothing', async () => {
    const early = await browser.call('POST', '/api/v1/qr/redeem');
    expect(early, '404 ticket_unknown', '409 ticket_state');
    return browser.copy();
  });

  const scan = await check('lin scans and the browser is told, without a name', async () => {
    const answer = expect(await lin.scan(token), '200').json;
    await socket.message('scanned');
    equal(answer.ticket, token, 'ticket');
    equal(answer.origin, browser.origin, 'origin');
    const fields = fieldsOf(answer.text);
    equal(fields.origin, browser.origin, 'origin in the text');
    equal(fields.ticket, token, 'ticket in the text');
    equal(fields.certificate, answer.certificate, 'certificate in the text');
    equal(fields.browser, `${answer.browser.family} on ${answer.browser.os}`, 'browser in the text');
    equal(fields.address, answer.browser.address, 'address in the text');
    equal(fields.expires, answer.expires_at, 'expires in the text');
    equal(Buffer.from(fields.nonce, 'base64url').length, 32, 'octets of the nonce');
    matches(fields.started, RFC3339, 'started');
    return answer;
  });

  await check('the same scan again gets the same answer', async () => {
    equal(expect(await lin.scan(token), '200').json.text, scan.text, 'text');
  });

  const mine = await check('with the SM2 certificate named, the text names it', async () => {
    const answer = expect(await lin.scan(token, { certificate: certificate.serial }), '200').json;
    equal(fieldsOf(answer.text).certificate, certificate.serial, 'certificate');
    if (fieldsOf(answer.text).nonce === fieldsOf(scan.text).nonce) throw new Error('the nonce is the old one');
    return answer;
  });

  await check('the right passphrase unlocks, a wrong one is counted', async () => {
    const wrong = expect(await lin.unlock(certificate, '918273'), '403 passphrase_wrong').json;
    equal(wrong.tries_left ?? wrong.error.tries_left, 9, 'tries_left');
    const { secret } = expect(await lin.unlock(certificate, PASSPHRASE), '200').json;
    equal(Buffer.from(secret, 'base64url').length, 32, 'octets of the secret');
    equal(expect(await lin.unlock(certificate, PASSPHRASE), '200').json.secret, secret, 'secret the second time');
  });

  await check('a redeem before the confirmation is too early', async () => {
    expect(await browser.call('POST', '/api/v1/qr/redeem'), '409 ticket_state');
  });

  await check('the old text is dead after the change of certificate', async () => {
    expect(await lin.confirm(token, certificate, scan.text), '403 signature_wrong');
  });

  const typed = await check('lin signs what is shown, and the browser is told', async () => {
    const answer = expect(await lin.confirm(token, certificate, mine.text), '204', '200');
    const message = await socket.message('confirmed', ['needs_code']);
    equal(message.needs_code ?? false, answer.status === 200, 'needs_code');
    equal(expect(await lin.call('GET', `/tickets/${token}?wait=0`), '200').json.state, 'confirmed', 'state');
    return answer.status === 200 ? { code: answer.json.code } : undefined;
  });

  await check('another browser cannot redeem it', async () => {
    const other = await freshBrowser(base);
    expect(await other.call('POST', '/api/v1/qr/redeem', typed), '404 ticket_unknown');
  });

  await check('the browser redeems and is logged in: level 3, method qr', async () => {
    const redeemed = expect(await browser.call('POST', '/api/v1/qr/redeem', typed), '200');
    matches(redeemed.json.redirect_to, /^\//, 'redirect_to');
    matches(redeemed.headers['set-cookie']?.join('\n'), /HttpOnly/i, 'cookie');
    const session = expect(await browser.call('GET', '/api/v1/session'), '200').json;
    equal(session.method, 'qr', 'method');
    equal(session.aal, 2, 'aal');
    equal(session.person.level, 3, 'level');
    equal(session.person.id, redeemed.json.person.id, 'person');
  });

  await check('a second redeem is refused, with the old cookies and with the new ones', async () => {
    expect(await before.call('POST', '/api/v1/qr/redeem', typed), '404 ticket_unknown', '409 ticket_state');
    expect(await browser.call('POST', '/api/v1/qr/redeem', typed), '404 ticket_unknown', '409 ticket_state');
  });

  await check('what is used up cannot be confirmed again', async () => {
    expect(await lin.confirm(token, certificate, mine.text), '409 ticket_state');
  });

  await check('lin sees what became of it on the phone and undoes it', async () => {
    const state = expect(await lin.call('GET', `/tickets/${token}?wait=0`), '200').json;
    equal(state.state, 'redeemed', 'state');
    const id = state.session?.id ?? state.session;
    matches(id, /./, 'session');
    if (!expect(await lin.call('GET', '/sessions'), '200').text.includes(id)) throw new Error('the session is not in the list');
    expectSuccess(await lin.call('POST', `/sessions/${id}/undo`, {}));
    expect(await browser.call('GET', '/api/v1/session'), '401 session_missing');
  });

  socket.close();
  await check('the short code does as well as the picture', async () => {
    const ticket = await openTicket(base);
    const short = ticket.code.short_code.toLowerCase().replace('-', '');
    const answer = expect(await lin.scan(short, { certificate: certificate.serial }), '200').json;
    equal(answer.ticket, ticket.token, 'ticket');
    await ticket.socket.message('scanned');
    expect(await lin.confirm(ticket.token, certificate, answer.text), '204', '200');
    ticket.socket.close();
  });
  return code;
}

export async function upgrades(base) {
  await check('the upgrade needs our Origin and a pre-session of ours', async () => {
    const browser = await freshBrowser(base);
    const forged = browser.cookie.replace(/=(.)/, (_, first) => `=${first === 'A' ? 'B' : 'A'}`);
    await refused(Waiting.open(browser, { origin: 'https://evil.example' }), /refused: 403/);
    await refused(Waiting.open(browser, { origin: 'null' }), /refused: 403/);
    await refused(Waiting.open(browser, { cookie: '' }), /refused: 403/);
    await refused(Waiting.open(browser, { cookie: forged }), /refused: 403/);
  });

  await check('a browser that sends data is closed with 1008', async () => {
    const { socket } = await openTicket(base);
    socket.socket.send('hello');
    equal(await socket.closed(), 1008, 'close code');
  });

  await check('a newer connection of the same browser supersedes the older one', async () => {
    const { browser, socket, token } = await openTicket(base);
    const newer = await Waiting.open(browser);
    equal((await newer.code()).token, token, 'token');
    equal(await socket.closed(), 4001, 'close code');
    newer.close();
  });

  await check('easy=1 gives four times as long', async () => {
    const browser = await freshBrowser(base);
    const socket = await Waiting.open(browser, { query: '?easy=1' });
    equal((await socket.code()).expires_in, 240, 'expires_in');
    socket.close();
  });
}
