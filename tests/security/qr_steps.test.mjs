// Further flaws of the QR login, the ticket and its steps (security.md 1.4: Q1, Q4 to Q8, Q22, Q24, Q25, Q28, Q29).
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import { Browser, exchange } from '../outside_client/http.mjs';
import { Phone } from '../outside_client/phone.mjs';
import { Waiting } from '../outside_client/waiting.mjs';
import { startBrowser, openPage } from '../browser/support/browser.mjs';
import { openQrTab, qrContent } from '../browser/support/pc.mjs';
import { tokenOf } from '../support/phone.mjs';
import { cookieOf, people, succeeded, world } from './support/world.mjs';

const here = world();

const REDEEM = '/api/v1/qr/redeem';
const NOT_LEGAL = /^(409 ticket_state|409 ticket_taken|410 ticket_expired|404 ticket_unknown)$/;

const redeem = (ticket) => ticket.browser.call('POST', REDEEM);
const sign = (phone, ticket) => phone.confirm(ticket.token, phone.certificate, ticket.text);
const close = (...tickets) => tickets.forEach(({ socket }) => socket.close());

test('Q1 QR-observer hijack: what a camera reads from the page gives no state and no grant', async (t) => {
  const chromium = await startBrowser();
  t.after(() => chromium.close());
  const { page } = await openPage(chromium);
  await openQrTab(page, here.server);
  const token = tokenOf(await qrContent(page));
  const phone = await here.phone('lin');
  const observer = await here.browser();

  const look = async () => {
    const answers = [];
    for (const path of [`/api/v1/qr/${token}`, `/api/v1/tickets/${token}`, `/api/v1/qr/events/${token}`, `/ws/qr/${token}`]) {
      answers.push((await exchange(here.base, 'GET', path, { headers: { cookie: observer.cookie } })).status >= 400);
    }
    answers.push((await observer.call('POST', REDEEM)).verdict === '404 ticket_unknown');
    const forged = await exchange(here.base, 'POST', REDEEM, { headers: { cookie: `qrgate-pre=${token}`, origin: here.base } });
    answers.push(forged.verdict === '404 ticket_unknown');
    return answers.every(Boolean);
  };
  assert.ok(await look(), 'live');
  const scan = succeeded(await phone.scan(token)).json;
  assert.ok(await look(), 'scanned');
  succeeded(await phone.confirm(token, phone.certificate, scan.text));
  await page.waitForURL((url) => url.pathname === '/account');
  assert.ok(await look(), 'redeemed');
});

test('Q4 State skipping: of all states and actions only the legal ones pass', async () => {
  const phone = await here.phone('lin');
  const reach = {
    live: () => here.waiting(),
    scanned: () => here.scanned(phone),
    confirmed: () => here.confirmed(phone),
    redeemed: () => here.qrLogin(phone),
    denied: async () => { const ticket = await here.scanned(phone); succeeded(await phone.deny(ticket.token)); return ticket; },
    cancelled: async () => {
      const ticket = await here.scanned(phone);
      succeeded(await ticket.browser.call('POST', '/api/v1/qr/cancel'));
      return ticket;
    },
    expired: async () => { const ticket = await here.scanned(phone); await here.demo.advance(301); return ticket; },
  };
  const act = {
    scan: (ticket) => phone.scan(ticket.token),
    confirm: (ticket) => phone.confirmWith(ticket.token, phone.certificate.serial, phone.certificate.keys.sign(ticket.text ?? '')),
    deny: (ticket) => phone.deny(ticket.token),
    redeem: (ticket) => ticket.browser.call('POST', REDEEM),
  };
  // What passes; the same phone may scan again while scanned, and a scan of a live ticket is the beginning.
  const legal = ['live scan', 'scanned scan', 'scanned confirm', 'scanned deny', 'confirmed redeem'];
  const passed = [];
  for (const [state, to_state] of Object.entries(reach)) {
    for (const [action, run] of Object.entries(act)) {
      const ticket = await to_state();
      const answer = await run(ticket);
      if (answer.status < 300) passed.push(`${state} ${action}`);
      else assert.match(answer.verdict, NOT_LEGAL, `${state} ${action}`);
      ticket.socket.close();
    }
  }
  assert.deepEqual(passed, legal);
});

test('Q5 Scan and confirm by two users: the second can neither scan nor confirm what the first scanned', async () => {
  const [lin, gongsi] = [await here.phone('lin'), await here.phone('gongsi')];
  const ticket = await here.scanned(lin);
  assert.equal((await gongsi.scan(ticket.token)).verdict, '409 ticket_taken');
  assert.equal((await sign(gongsi, ticket)).verdict, '404 ticket_unknown');
  assert.equal((await gongsi.deny(ticket.token)).verdict, '404 ticket_unknown');
  succeeded(await sign(lin, ticket));
  const { json } = succeeded(await redeem(ticket));
  assert.equal(json.person.kind, 'personal', 'the first one');
  close(ticket);
});

test('Q6 Double confirm: the second of two is refused, and a denial after it too', async () => {
  const lin = await here.phone('lin');
  const ticket = await here.confirmed(lin);
  assert.equal((await sign(lin, ticket)).verdict, '409 ticket_state');
  assert.equal((await lin.deny(ticket.token)).verdict, '409 ticket_state');
  succeeded(await redeem(ticket));
  close(ticket);
});

test('Q7 TOCTOU of rights: who is locked, lowered or revoked after the confirmation is not let in', async () => {
  const number = people.lin.identity_number;
  const phone = await here.phone('lin');
  const extra = new Phone(here.base, people.lin);
  succeeded(await extra.login());
  const lost = (await extra.makeCertificate('392817')).certificate;

  const revoked = await here.waiting();
  const { text } = succeeded(await extra.scan(revoked.token, { certificate: lost.serial })).json;
  succeeded(await extra.confirm(revoked.token, lost, text));
  await here.qrgate('certificate', 'revoke', lost.serial);
  assert.ok((await redeem(revoked)).status >= 400, 'revoked');
  assert.equal((await revoked.browser.call('GET', '/api/v1/session')).status, 401);

  const lowered = await here.confirmed(phone);
  await here.qrgate('person', 'level', number, '2', 'checklist');
  assert.ok((await redeem(lowered)).status >= 400, 'lowered');
  assert.equal((await lowered.browser.call('GET', '/api/v1/session')).status, 401);
  await here.server.restart(); // the six people are put back

  here.phones = {};
  const locked = await here.confirmed(await here.phone('lin'));
  await here.qrgate('person', 'lock', number);
  assert.ok((await redeem(locked)).status >= 400, 'locked');
  assert.equal((await locked.browser.call('GET', '/api/v1/session')).status, 401);
  await here.qrgate('person', 'unlock', number);
  close(revoked, lowered, locked);
});

test('Q8 Level gate only in the UI: level 2, no certificate, an ended one and a foreign one are refused at every step', async () => {
  here.phones = {};
  const lin = await here.phone('lin');
  const hao = new Phone(here.base, people.hao);
  const bare = new Phone(here.base, people.qian);
  succeeded(await hao.login());
  succeeded(await bare.login());
  const gongsi = await here.phone('gongsi');
  const live = await here.waiting();
  assert.equal((await hao.scan(live.token)).verdict, '403 level_too_low');
  assert.equal((await bare.scan(live.token)).verdict, '403 certificate_missing');
  for (const phone of [lin, bare]) {
    const answer = await phone.scan(live.token, { certificate: gongsi.certificate.serial });
    assert.match(answer.verdict, /^403 certificate_(unusable|missing)$/, 'a foreign one');
  }
  const scanned = await here.scanned(lin);
  for (const phone of [hao, bare]) {
    assert.match((await phone.confirmWith(scanned.token, lin.certificate.serial, lin.certificate.keys.sign(scanned.text))).verdict,
      /^40[34] /);
  }
  await here.qrgate('person', 'level', people.lin.identity_number, '2', 'checklist');
  assert.ok((await sign(lin, scanned)).status >= 400, 'lowered after the scan: no confirm');
  assert.ok((await redeem(scanned)).status >= 400, 'and no redeem');
  assert.equal((await lin.scan(live.token)).verdict, '403 level_too_low', 'with a certificate that is still good');
  close(live, scanned);
  await here.server.restart();
  here.phones = {};
});

test('Q22 Session spying: the ticket is of who scanned first, and the PC can say no', async () => {
  const [lin, gongsi] = [await here.phone('lin'), await here.phone('gongsi')];
  const ticket = await here.scanned(lin);
  assert.equal((await gongsi.scan(ticket.token)).verdict, '409 ticket_taken');
  assert.equal((await gongsi.scan(ticket.code.short_code)).verdict, '409 ticket_taken', 'nor by its short code');
  succeeded(await ticket.browser.call('POST', '/api/v1/qr/cancel'));
  const fresh = await ticket.socket.code();
  assert.notEqual(fresh.token, ticket.token);
  assert.equal((await sign(lin, ticket)).verdict, '409 ticket_state');
  assert.match((await redeem(ticket)).verdict, /^(404 ticket_unknown|409 ticket_state)$/);
  close(ticket);
});

test('Q24 Old QR alive after refresh: the code of before is dead as soon as there is another', async () => {
  const lin = await here.phone('lin');
  const ticket = await here.waiting();
  succeeded(await ticket.browser.call('POST', '/api/v1/qr/cancel'));
  const fresh = await ticket.socket.code();
  assert.equal((await lin.scan(ticket.token)).verdict, '410 ticket_expired');
  assert.match((await lin.scan(ticket.code.short_code)).verdict, /^(404 ticket_unknown|410 ticket_expired)$/);
  await here.demo.advance(66);
  assert.equal((await lin.scan(fresh.token)).verdict, '410 ticket_expired', 'and a code by its age');
  close(ticket);
});

test('Q25 Unissued code: values of other kinds, near misses and empty ones find no ticket', async () => {
  const lin = await here.phone('lin');
  const ticket = await here.waiting();
  const pc = await here.loggedIn(people.gongsi);
  const captcha = succeeded(await pc.call('POST', '/api/v1/captcha')).json.id;
  const { sessions } = succeeded(await pc.call('GET', '/api/v1/sessions')).json;
  const others = [
    'x'.repeat(32), ticket.token.slice(0, -1), `${ticket.token.slice(0, -1)}${ticket.token.endsWith('A') ? 'B' : 'A'}`,
    `${ticket.token.slice(0, 8)}${crypto.randomBytes(18).toString('base64url')}`, captcha, sessions[0].id,
    lin.certificate.serial.slice(0, 32), cookieOf(pc, 'qrgate-session').slice(0, 32), '0', '%00', '*', "'",
  ];
  for (const value of others) {
    const answer = await lin.scan(encodeURIComponent(value));
    assert.ok(['404 ticket_unknown', '404 not_found', '400 bad_request'].includes(answer.verdict), `${value}: ${answer.verdict}`);
  }
  succeeded(await lin.scan(ticket.token));
  close(ticket);
});

test('Q28 Deny not final: after a denial nothing confirms, and the PC hears of it once', async () => {
  const lin = await here.phone('lin');
  const ticket = await here.scanned(lin);
  succeeded(await lin.deny(ticket.token));
  assert.equal((await sign(lin, ticket)).verdict, '409 ticket_state');
  assert.equal((await lin.scan(ticket.token)).verdict, '409 ticket_state');
  assert.equal((await lin.deny(ticket.token)).verdict, '409 ticket_state');
  await ticket.socket.message('denied');
  await ticket.socket.code(); // a second denied before it would throw
  close(ticket);
});

test('Q29 Push lost: who was cut off between confirm and push hears confirmed at the reconnect, and redeems once', async () => {
  const lin = await here.phone('lin');
  const ticket = await here.scanned(lin);
  ticket.socket.close();
  succeeded(await sign(lin, ticket));
  const again = await Waiting.open(ticket.browser);
  await again.message('confirmed', ['needs_code']);
  const before = ticket.browser.copy();
  succeeded(await redeem(ticket));
  assert.equal((await before.call('POST', REDEEM)).verdict, '409 ticket_state');
  again.close();

  const polled = await here.scanned(lin);
  polled.socket.close();
  succeeded(await sign(lin, polled));
  const { messages } = succeeded(await polled.browser.call('GET', '/api/v1/qr/poll')).json;
  assert.deepEqual(messages.map(({ type }) => type), ['confirmed'], 'the same by the long poll');
  assert.ok(polled.browser instanceof Browser);
});
