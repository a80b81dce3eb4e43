// Further flaws of the QR login, the channel to the waiting browser (security.md 1.4: Q17 to Q21, Q23, Q30).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Waiting } from '../outside_client/waiting.mjs';
import { exchange } from '../outside_client/http.mjs';
import { metricsOf } from '../support/metrics.mjs';
import { cookieOf, people, succeeded, world } from './support/world.mjs';

const SEATS = 40;
const here = world({ QRGATE_ROOM_SEATS_PER_ADDRESS: String(SEATS) });

const REDEEM = '/api/v1/qr/redeem';

test('Q17 CSWSH: no upgrade without exactly our Origin and a pre-session of ours', async () => {
  const browser = await here.browser();
  const { port } = here.server;
  const foreign = ['', 'null', 'https://evil.example', `http://localhost:${port}.evil.example`, `http://evil-localhost:${port}`,
    `http://localhost:${port + 1}`, 'http://localhost', `https://localhost:${port}`, `http://localhost:${port}/`,
    `http://LOCALHOST.:${port}`, `http://127.0.0.1:${port}`, `http://localhost:${port} http://evil.example`];
  for (const origin of foreign) await assert.rejects(Waiting.open(browser, { origin }), /refused: 40[03]/, origin || 'none');
  const forged = browser.cookie.replace(/=(.)/, (_, first) => `=${first === 'A' ? 'B' : 'A'}`);
  for (const cookie of ['', forged, 'qrgate-pre=', 'qrgate-session=x']) {
    await assert.rejects(Waiting.open(browser, { cookie }), /refused: 403/, cookie || 'no cookie');
  }
  for (const path of ['/api/v1/qr/events', '/api/v1/qr/poll']) {
    const answer = await browser.copy().call('GET', path, undefined, { origin: 'https://evil.example' });
    assert.equal(answer.verdict, '403 origin_refused', path);
  }
  (await Waiting.open(browser)).close();
});

test("Q18 subscribing to another's ticket: any message of a browser closes its socket, and changes nothing", async () => {
  const victim = await here.waiting();
  const say = {
    text: [(socket) => socket.send(JSON.stringify({ sub: victim.token })), 1008],
    binary: [(socket) => socket.send(Buffer.from([1, 2, 3])), 1008],
    empty: [(socket) => socket.send(''), 1008],
    fragmented: [(socket) => { socket.send('{"sub":', { fin: false }); socket.send(`"${victim.token}"}`); }, 1008],
    '64 KB': [(socket) => socket.send('x'.repeat(65_536)), 1009],
  };
  for (const [what, [send, code]] of Object.entries(say)) {
    const { socket } = await here.waiting();
    send(socket.socket);
    const closed = await socket.closed();
    assert.ok(closed === code || closed === 1008, `${what}: closed with ${closed}`);
  }
  const phone = await here.phone('lin');
  succeeded(await phone.scan(victim.token));
  await victim.socket.message('scanned');
  victim.socket.close();
});

test('Q19 Token over WS or in a URL: the session comes by Set-Cookie alone, and is in no frame, no address and no log', async () => {
  const phone = await here.phone('lin');
  const ticket = await here.waiting();
  let frames = JSON.stringify(ticket.code);
  ticket.socket.socket.on('message', (frame) => { frames += frame.toString(); });
  const { text } = succeeded(await phone.scan(ticket.token)).json;
  succeeded(await phone.confirm(ticket.token, phone.certificate, text));
  const pre_session = cookieOf(ticket.browser, 'qrgate-pre');
  const redeemed = succeeded(await ticket.browser.call('POST', REDEEM));
  const session = cookieOf(ticket.browser, 'qrgate-session');
  assert.match(session, /^[\w-]{43,}$/);
  assert.ok(!redeemed.text.includes(session) && !redeemed.json.redirect_to.includes('?'));
  const metrics = await metricsOf(here.server);
  for (const secret of [session, pre_session, phone.token]) {
    for (const [where, kept] of Object.entries({ frames, log: here.server.log, metrics, database: await here.dump() })) {
      assert.ok(!kept.includes(secret), where);
    }
  }
  for (const path of ['/api/v1/session', '/account', '/api/v1/sessions']) {
    const answer = await exchange(here.base, 'GET', `${path}?session=${session}&token=${session}&qrgate-session=${session}`);
    assert.doesNotMatch(answer.text, /"method":"qr"/, 'a URL is no way to say it');
  }
  ticket.socket.close();
});

test('Q20 Session fixation: values that a client sets are never taken over, and those of before a login end with it', async () => {
  const browser = await here.browser();
  const pre_session = cookieOf(browser, 'qrgate-pre');
  const planted = 'A'.repeat(43);
  const body = await here.loginBody(browser, people.lin);
  const answer = await exchange(here.base, 'POST', '/api/v1/login/password', { body,
    headers: { origin: here.base, cookie: `qrgate-session=${planted}; qrgate-pre=${pre_session}` } });
  succeeded(answer);
  const given = /qrgate-session=([^;]*)/.exec(answer.headers['set-cookie'].join('\n'))[1];
  assert.notEqual(given, planted);
  assert.equal((await exchange(here.base, 'GET', '/api/v1/session', { headers: { cookie: `qrgate-session=${planted}` } })).status, 401);
  await assert.rejects(Waiting.open(browser, { cookie: `qrgate-pre=${pre_session}` }), /refused: 403/, 'the pre-session is over');

  const made_up = await exchange(here.base, 'GET', '/api/v1/context', { headers: { cookie: `qrgate-pre=${'B'.repeat(96)}` } });
  assert.doesNotMatch(made_up.headers['set-cookie'].join(), /BBBB/, 'a forged pre-session is replaced');

  const again = await exchange(here.base, 'POST', '/api/v1/login/password', {
    body: await here.loginBody(Object.assign(await here.browser(), {}), people.lin), headers: { origin: here.base } });
  assert.equal(again.status >= 400, true, 'a captcha of another pre-session opens nothing');
});

test('Q20 Session fixation: a login on top of a login ends the former session', async () => {
  const browser = await here.loggedIn();
  const former = browser.copy();
  await browser.call('GET', '/api/v1/context');
  succeeded(await here.passwordLogin(browser, people.lin));
  assert.notEqual(cookieOf(browser, 'qrgate-session'), cookieOf(former, 'qrgate-session'));
  assert.equal((await former.call('GET', '/api/v1/session')).status, 401);
});

test('Q21 Reverse phishing: the PC is told which masked account it is in, before anything else', async () => {
  const phone = await here.phone('gongsi');
  const ticket = await here.qrLogin(phone);
  const { person, redirect_to } = ticket.redeemed.json;
  assert.match(person.name_masked, /\*/);
  assert.equal(redirect_to, '/account');
  const session = succeeded(await ticket.browser.call('GET', '/api/v1/session')).json;
  assert.equal(session.person.name_masked, person.name_masked);
  ticket.socket.close();
});

test('Q23 Ticket flooding: seats of one address end at their limit, rows do not grow, and another address still gets a code', async () => {
  const from = async (address) => Waiting.open(await here.distant(address), { more: { 'x-forwarded-for': address } });
  const rows = async () => (await here.rows('select count(*) from ticket'))[0];
  const before = await rows();
  const opened = [];
  const refused = [];
  for (let i = 0; i < SEATS + 20; ++i) {
    const socket = await from('203.0.113.77');
    const code = await socket.code().catch((error) => error.message);
    if (code.token) opened.push(socket);
    else refused.push(code);
  }
  assert.equal(opened.length, SEATS);
  assert.deepEqual(refused, Array(20).fill('closed with 1013 instead of code'));
  const other = await from('203.0.113.78');
  await other.code();
  assert.equal(await rows(), before, 'waiting writes no row');
  for (const socket of [...opened, other]) socket.close();
});

test('Q23 Ticket flooding: one browser has one seat; a newer connection takes it over with the same code', async () => {
  const { browser, socket, token } = await here.waiting();
  const newer = await Waiting.open(browser);
  assert.equal((await newer.code()).token, token);
  assert.equal(await socket.closed(), 4001);
  newer.close();
});

test('Q30 Log leak of ticket or grant: no log line, metric or stored row has a token, a short code or a code of a login', async () => {
  const phone = await here.phone('lin');
  const ticket = await here.qrLogin(phone);
  await exchange(here.base, 'GET', `/s/${ticket.token}?x=${ticket.token}`);
  await exchange(here.base, 'GET', `/nothing/${ticket.token}`);
  await phone.scan(ticket.code.short_code);
  const nonce = /^nonce: (.*)$/m.exec(ticket.text)[1];
  const metrics = await metricsOf(here.server);
  const short = ticket.code.short_code;
  for (const secret of [ticket.token, short, short.replace('-', ''), nonce]) {
    for (const [where, kept] of Object.entries({ log: here.server.log, metrics })) {
      assert.ok(!kept.includes(secret), `${secret} in ${where}`);
    }
  }
  assert.match(here.server.log, /route=\/api\/v1\/phone\/tickets\/\{token\}\/confirm/, 'paths are named by their pattern');
  ticket.socket.close();
});
