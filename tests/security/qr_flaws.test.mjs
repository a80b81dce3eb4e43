// The six flaws of the USENIX Security 2025 study and its five attacks (security.md 1.2, 1.3) against the real server.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import { exchange } from '../outside_client/http.mjs';
import { Waiting } from '../outside_client/waiting.mjs';
import { asBrowser, octetsOf, releasedTogether } from './support/last_byte.mjs';
import { say, timeless } from './support/raw.mjs';
import { cookieOf, people, succeeded, world } from './support/world.mjs';

const here = world();

const REDEEM = '/api/v1/qr/redeem';
const randomToken = (token) => token.slice(0, 8) + crypto.randomBytes(18).toString('base64url');

// Every octet of the answer, its Date left out.
async function said(request) {
  const { text } = await say(here.base, octetsOf(here.base, request));
  return timeless(text);
}

// What a browser that knows only the token gets for it, by every way there is; the same ways with `token` as it is said.
async function everyWay(browser, token) {
  const ways = {
    page: { method: 'GET', path: `/s/${token}` },
    redeem: asBrowser(browser, 'POST', REDEEM),
    redeem_by_body: asBrowser(browser, 'POST', REDEEM, { token }),
    redeem_by_query: asBrowser(browser, 'POST', `${REDEEM}?token=${token}`),
    redeem_by_header: asBrowser(browser, 'POST', REDEEM, undefined, { 'x-qr-id': token }),
    ticket: asBrowser(browser, 'GET', `/api/v1/qr/${token}`),
    ticket_of_phones: asBrowser(browser, 'GET', `/api/v1/phone/tickets/${token}`),
    scan: asBrowser(browser, 'POST', `/api/v1/phone/tickets/${token}/scan`, {}),
  };
  const answers = {};
  for (const [name, request] of Object.entries(ways)) answers[name] = await said(request);
  return answers;
}

// Opens what `browser` may wait on, with somebody else's token in it, and gives what it is told within a moment.
async function overheard(browser, token, cookie = browser.cookie) {
  const socket = await Waiting.open(browser, { query: `?token=${token}&qr_id=${token}`, cookie });
  const frames = [];
  frames.push(await socket.code());
  socket.socket.on('message', (frame) => frames.push(JSON.parse(frame.toString())));
  return { socket, frames };
}

test('F1 Unbound session_id: who only knows the ticket gets the octets of a random one, in every state', async () => {
  const phone = await here.phone('lin');
  const attacker = await here.browser();
  const random = await everyWay(attacker, 'x'.repeat(32));
  assert.match(random.redeem, /^HTTP\/1\.1 404 .*ticket_unknown/s);

  const states = {
    waiting: () => here.waiting(), scanned: () => here.scanned(phone), confirmed: () => here.confirmed(phone),
    redeemed: () => here.qrLogin(phone),
  };
  for (const [state, reach] of Object.entries(states)) {
    const ticket = await reach();
    assert.deepEqual(await everyWay(attacker, ticket.token), random, state);
    const { socket, frames } = await overheard(attacker, ticket.token);
    assert.deepEqual([frames.length, frames[0].token === ticket.token], [1, false], `${state}: only ever its own`);
    socket.close();
    if (state === 'confirmed') succeeded(await ticket.browser.call('POST', REDEEM));
    ticket.socket.close();
  }
});

test('F2 Reusable qrcode: redeemed, denied and expired tickets take no scan, no confirm and no redeem', async () => {
  const phone = await here.phone('lin');
  const redeemed = await here.confirmed(phone);
  const before = redeemed.browser.copy();
  succeeded(await redeemed.browser.call('POST', REDEEM));
  const denied = await here.scanned(phone);
  succeeded(await phone.deny(denied.token));
  const expired = await here.scanned(phone);
  await here.demo.advance(301);

  for (const [ticket, browser] of [[redeemed, before], [denied, denied.browser], [expired, expired.browser]]) {
    for (const answer of [await phone.scan(ticket.token), await phone.confirm(ticket.token, phone.certificate, ticket.text)]) {
      assert.match(answer.verdict, /^(409 ticket_state|410 ticket_expired)$/, answer.what);
    }
    assert.match((await browser.call('POST', REDEEM)).verdict, /^(409 ticket_state|410 ticket_expired|404 ticket_unknown)$/);
    assert.equal((await before.call('GET', '/api/v1/session')).status, 401);
    ticket.socket.close();
  }
});

test('F2 Reusable qrcode: each state ends by the clock of the server', async () => {
  const phone = await here.phone('lin');
  const live = await here.waiting();
  await here.demo.advance(66);
  assert.equal((await phone.scan(live.token)).verdict, '410 ticket_expired', 'the token: 60 s and 5 s of grace');
  const scanned = await here.scanned(phone);
  await here.demo.advance(299);
  succeeded(await phone.confirm(scanned.token, phone.certificate, scanned.text));
  await here.demo.advance(61);
  assert.equal((await scanned.browser.call('POST', REDEEM)).verdict, '410 ticket_expired', 'the redeem: 60 s');
  live.socket.close();
  scanned.socket.close();
});

test('F3 Predictable qr_id: guesses are all unknown, alike, and end at a budget', async () => {
  const phone = await here.phone('zhao');
  const tickets = await Promise.all(Array.from({ length: 10 }, () => here.waiting()));
  const counted = {};
  let unknown;
  for (let i = 0; i < 1500 && !counted['429 too_many']; i += 25) {
    const answers = await Promise.all(Array.from({ length: 25 }, (_, k) => phone.scan(randomToken(tickets[k % 10].token))));
    for (const answer of answers) {
      counted[answer.verdict] = (counted[answer.verdict] ?? 0) + 1;
      if (answer.status === 404) assert.equal(answer.text, unknown ??= answer.text);
    }
  }
  assert.deepEqual(Object.keys(counted).sort(), ['404 ticket_unknown', '429 too_many']);
  for (const { browser, socket } of tickets) {
    assert.equal((await browser.call('POST', REDEEM)).verdict, '404 ticket_unknown', 'nobody scanned it');
    socket.close();
  }
});

test('F4 Controllable qr_id: what a browser says about the ticket, its time or its person is refused or not looked at', async () => {
  const browser = await here.browser();
  const cookie = `${browser.cookie}; qr_id=AAAA; token=AAAA; session=AAAA`;
  const { socket, frames } = await overheard(browser, 'AAAA', cookie);
  assert.ok(!frames[0].token.includes('AAAA'));
  assert.equal(frames[0].expires_in, 60);
  for (const key of ['qr_id', 'token', 'session', 'ttl', 'user', 'redirect_to', 'state']) {
    for (const path of ['/api/v1/qr/cancel', REDEEM]) {
      assert.equal((await browser.call('POST', path, { [key]: 'AAAA' })).verdict, '400 bad_request', key);
    }
  }
  socket.close();
});

test('F5 Invalid token validation: only the token of a phone and its own certificate say who confirms', async () => {
  const [lin, gongsi] = [await here.phone('lin'), await here.phone('gongsi')];
  const ticket = await here.scanned(lin);
  const path = `/tickets/${ticket.token}/confirm`;
  const right = { certificate: lin.certificate.serial, signature: lin.certificate.keys.sign(ticket.text).toString('base64url') };
  for (const claim of ['uid', 'person', 'phone', 'identity_number', 'id_card', 'level']) {
    assert.equal((await lin.call('POST', path, { ...right, [claim]: people.gongsi.phone })).verdict, '400 bad_request', claim);
  }
  const confirm = (headers, body = right) => exchange(here.base, 'POST', `/api/v1/phone${path}`, { headers, body });
  const pc = await here.loggedIn(people.lin);
  const session = cookieOf(pc, 'qrgate-session');
  for (const headers of [{}, { cookie: pc.cookie }, { authorization: `Bearer ${session}` }, { authorization: 'Bearer x' }]) {
    assert.equal((await confirm(headers)).verdict, '401 token_missing');
  }
  assert.equal((await gongsi.call('POST', path, right)).verdict, '404 ticket_unknown', 'another person');
  const foreign = gongsi.certificate.keys.sign(ticket.text).toString('base64url');
  assert.equal((await lin.call('POST', path, { certificate: gongsi.certificate.serial, signature: foreign })).verdict,
    '403 certificate_unusable', "another person's certificate");
  assert.equal((await lin.call('POST', path, { ...right, signature: foreign })).verdict, '403 signature_wrong');
  assert.equal((await ticket.browser.call('POST', REDEEM)).verdict, '409 ticket_state', 'nothing of it confirmed');
  ticket.socket.close();
});

test('F6 Sensitive data leakage: no frame and no answer before the redeem says who it is; afterwards what is masked', async () => {
  const phone = await here.phone('lin');
  const ticket = await here.waiting();
  let before = JSON.stringify(ticket.code);
  ticket.socket.socket.on('message', (frame) => { before += frame.toString(); });
  const scan = succeeded(await phone.scan(ticket.token)).json;
  const look = async () => {
    for (const path of ['/api/v1/context', '/api/v1/qr/poll', '/login', `/s/${ticket.token}`, '/api/v1/session', '/api/v1/sessions']) {
      const answer = await ticket.browser.copy().call('GET', path);
      before += JSON.stringify(answer.headers) + answer.text;
    }
  };
  await look();
  succeeded(await phone.confirm(ticket.token, phone.certificate, scan.text));
  await look();
  assert.match(before, /"type":"confirmed"/);
  const redeemed = succeeded(await ticket.browser.call('POST', REDEEM));
  const after = redeemed.text + (await ticket.browser.call('GET', '/api/v1/session')).text
    + (await ticket.browser.call('GET', '/api/v1/sessions')).text + (await ticket.browser.call('GET', '/api/v1/account')).text;

  const { identity_number, phone: number } = people.lin;
  const [{ name }] = (await exchange(here.base, 'GET', '/demo/people')).json.filter((row) => row.key === 'lin');
  const session = cookieOf(ticket.browser, 'qrgate-session');
  const secrets = [identity_number, number, name, phone.token, session];
  for (const secret of [...secrets, redeemed.json.person.id, redeemed.json.person.name_masked, phone.certificate.serial]) {
    assert.ok(!before.includes(secret), `before: ${secret}`);
  }
  assert.doesNotMatch(before, /eyJ[\w-]+\.[\w-]+\.|CN=/, 'nothing like a JWT or a name of a certificate');
  for (const secret of [...secrets, ticket.token]) assert.ok(!after.includes(secret), `after: ${secret}`);
  ticket.socket.close();
});

test('Authorization Hijacking: an attacker before, beside and after the victim gets no state, no frame and no cookie', async () => {
  const phone = await here.phone('lin');
  const attacker = await here.browser();
  const ticket = await here.waiting();
  const spy = await overheard(attacker, ticket.token);
  const scan = succeeded(await phone.scan(ticket.token)).json;
  assert.equal((await attacker.call('POST', REDEEM)).verdict, '404 ticket_unknown');
  succeeded(await phone.confirm(ticket.token, phone.certificate, scan.text));
  const racers = [...Array(20).fill(asBrowser(attacker, 'POST', REDEEM)), asBrowser(ticket.browser, 'POST', REDEEM)];
  const answers = await releasedTogether(here.base, racers);
  assert.equal(answers.pop().verdict, '200');
  for (const answer of answers) {
    assert.equal(answer.verdict, '404 ticket_unknown');
    assert.ok(!/qrgate-session=/.test(String(answer.headers['set-cookie'] ?? '')));
  }
  assert.equal(spy.frames.length, 1, 'its own code only');
  ticket.socket.close();
  spy.socket.close();
});

test('Double Login: after the login the same ticket opens nothing, and another tab is told so', async () => {
  const phone = await here.phone('lin');
  const sessions = async () => succeeded(await phone.call('GET', '/sessions')).json.sessions.length;
  const ticket = await here.confirmed(phone);
  const tab = ticket.browser.copy();
  const before = await sessions();
  succeeded(await ticket.browser.call('POST', REDEEM));
  for (let i = 0; i < 3; ++i) assert.equal((await tab.call('POST', REDEEM)).verdict, '409 ticket_state');
  assert.equal((await tab.call('GET', '/api/v1/session')).status, 401);
  await assert.rejects(Waiting.open(tab), /refused: 403/);
  assert.equal(await sessions(), before + 1);
  ticket.socket.close();
});

test('Brute-force Login: guesses at ten live tickets hit none, and another person still logs in', async () => {
  const tickets = await Promise.all(Array.from({ length: 10 }, () => here.waiting()));
  const strangers = await Promise.all(Array.from({ length: 10 }, () => here.browser()));
  const guesses = strangers.flatMap((browser) => tickets.map(({ token }) =>
    asBrowser(browser, 'POST', REDEEM, undefined, { cookie: `${browser.cookie}; qrgate-ticket=${token}` })));
  for (const answer of await releasedTogether(here.base, guesses)) assert.equal(answer.verdict, '404 ticket_unknown');
  const phone = await here.phone('lin');
  (await here.qrLogin(phone)).socket.close();
  for (const { socket } of tickets) socket.close();
});

test('Universal Account Takeover: a foreign, unsigned or home-made certificate confirms nothing, and the audit says so', async () => {
  const phone = await here.phone('lin');
  const ticket = await here.scanned(phone);
  const keys = crypto.generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const own = crypto.sign('sha256', Buffer.from(ticket.text), keys.privateKey).toString('base64url');
  const tries = [
    { certificate: phone.certificate.serial, signature: own },
    { certificate: phone.certificate.serial, signature: '' },
    { certificate: crypto.randomBytes(16).toString('hex'), signature: own },
  ];
  for (const body of tries) {
    const answer = await phone.call('POST', `/tickets/${ticket.token}/confirm`, body);
    assert.match(answer.verdict, /^(403 signature_wrong|403 certificate_unusable|400 bad_request)$/, JSON.stringify(body));
  }
  assert.equal((await ticket.browser.call('POST', REDEEM)).verdict, '409 ticket_state');
  const [refused] = await here.rows("select count(*) from audit where outcome = 'signature_wrong'");
  assert.ok(Number(refused) >= 1, 'an audit row');
  ticket.socket.close();
});

test('Privacy Abuse: who watches a ticket that somebody scans learns nothing of them', async () => {
  const phone = await here.phone('gongsi');
  const ticket = await here.waiting();
  let watched = '';
  ticket.socket.socket.on('message', (frame) => { watched += frame.toString(); });
  const scan = succeeded(await phone.scan(ticket.token)).json;
  succeeded(await phone.deny(ticket.token));
  await ticket.socket.message('scanned');
  await ticket.socket.message('denied');
  await ticket.socket.code();
  for (const { type, ...rest } of watched.split('}{').join('}\n{').split('\n').map((line) => JSON.parse(line))) {
    const keys = type === 'code' ? ['seq', 'url', 'token', 'short_code', 'expires_in'] : ['seq'];
    assert.deepEqual(Object.keys(rest).sort(), keys.sort(), type);
  }
  assert.ok(scan.text.includes('person: '), 'the phone alone is told');
  ticket.socket.close();
});
