// Sessions (security.md section 4) against the real server: their values, their ends, and what is closed with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchange } from '../outside_client/http.mjs';
import { Phone } from '../outside_client/phone.mjs';
import { cookieOf, people, succeeded, world } from './support/world.mjs';

const here = world();

const MINUTE = 60;
const HOUR = 3600;
const alive = async (browser) => (await browser.call('GET', '/api/v1/session')).status === 200;

// Asks who is there, and waits until that use is written (it is written beside the answer) before time moves on.
async function used(browser) {
  const { server_time } = (await here.browser().then((other) => other.call('GET', '/api/v1/context'))).json;
  const there = await alive(browser);
  const written = async () => (await here.rows(`select count(*) from session where kind = 'browser'
    and last_used_at >= '${server_time}'::timestamptz`))[0] !== '0';
  for (let i = 0; there && i < 100 && !(await written()); ++i) await new Promise((resolve) => setTimeout(resolve, 20));
  return there;
}

test('Session id: 256 bits that are nowhere in the database, only their SHA-256', async () => {
  const browser = await here.loggedIn();
  const value = cookieOf(browser, 'qrgate-session');
  assert.equal(Buffer.from(value, 'base64url').length >= 32, true);
  const dump = await here.dump();
  assert.ok(!dump.includes(value));
  assert.ok(!dump.includes(Buffer.from(value, 'base64url').toString('hex')));
  const { sessions } = succeeded(await browser.call('GET', '/api/v1/sessions')).json;
  for (const { id } of sessions) {
    const answer = await exchange(here.base, 'GET', '/api/v1/session', { headers: { cookie: `qrgate-session=${id}` } });
    assert.equal(answer.status, 401, 'the id of the list is no key');
  }
});

test('New id at login: every login has its own, the former one of the browser is over', async () => {
  const browser = await here.loggedIn();
  const former = browser.copy();
  await browser.call('GET', '/api/v1/context');
  succeeded(await here.passwordLogin(browser, people.lin));
  assert.notEqual(cookieOf(former, 'qrgate-session'), cookieOf(browser, 'qrgate-session'));
  assert.equal(await alive(former), false);
  assert.equal(await alive(browser), true);
});

test('Timeouts: idle 30 minutes by password, 60 by QR; use moves the idle end, nothing moves the end after 12 hours', async () => {
  const lin = await here.phone('lin');
  const by_qr = (await here.qrLogin(lin)).browser;
  const by_password = await here.loggedIn();
  assert.deepEqual([await used(by_qr), await used(by_password)], [true, true]);
  await here.demo.advance(29 * MINUTE);
  assert.equal(await used(by_password), true, 'used before its end');
  await here.demo.advance(31 * MINUTE);
  assert.equal(await alive(by_password), false, 'not used for 31 minutes');
  assert.equal(await alive(by_qr), false, 'not used for 60 minutes');

  const busy = await here.loggedIn();
  assert.equal(await used(busy), true);
  for (let i = 1; i <= 28; ++i) {
    await here.demo.advance(25 * MINUTE);
    assert.equal(await used(busy), true, `${i * 25} minutes`);
  }
  await here.demo.advance(21 * MINUTE);
  assert.equal(await alive(busy), false, 'after 12 hours');
});

test('Timeouts: a session whose cookie never came back ends after a minute', async () => {
  const unseen = await here.browser();
  succeeded(await here.passwordLogin(unseen, people.gongsi));
  await here.demo.advance(61);
  assert.equal(await alive(unseen), false);
});

test('AAL of its login: password and SMS are 1, QR is 2, and no call raises it', async () => {
  const lin = await here.phone('lin');
  const by_password = await here.loggedIn();
  const by_qr = (await here.qrLogin(lin)).browser;
  await here.demo.advance(61);
  const sms = await here.browser();
  succeeded(await here.askForCode(sms, people.lin.phone));
  succeeded(await sms.call('POST', '/api/v1/login/sms', { phone: people.lin.phone, code: await here.demo.smsCode(people.lin.phone) }));
  const facts = async (browser) => {
    const { method, aal } = succeeded(await browser.call('GET', '/api/v1/session')).json;
    return [method, aal];
  };
  assert.deepEqual(await Promise.all([by_password, by_qr, sms].map(facts)), [['password', 1], ['qr', 2], ['sms', 1]]);
  await by_password.call('POST', '/api/v1/session/extend', {});
  assert.deepEqual(await facts(by_password), ['password', 1]);
  assert.equal((await by_password.call('POST', '/api/v1/session/extend', { aal: 2 })).verdict, '400 bad_request');
  assert.equal((await exchange(here.base, 'GET', '/api/v1/phone/me', { headers: { cookie: by_qr.cookie } })).verdict, '401 token_missing');
  const bearer = { authorization: `Bearer ${lin.token}` };
  assert.equal((await exchange(here.base, 'GET', '/api/v1/session', { headers: bearer })).status, 401, 'nor is a phone a browser');
});

test('Logout: the session is over at once, for the cookie, for its waiting socket and for its copies', async () => {
  const browser = await here.loggedIn();
  const copy = browser.copy();
  const watching = copy.call('GET', '/api/v1/session/watch?wait=25');
  succeeded(await browser.call('POST', '/api/v1/logout'));
  assert.equal((await watching).verdict, '401 session_missing');
  for (const path of ['/api/v1/session', '/api/v1/sessions', '/api/v1/account', '/api/v1/verify', '/api/v1/logins']) {
    assert.equal((await copy.call('GET', path)).status, 401, path);
  }
});

test('Password change: ends every other session, phones too, and open tickets; this one gets a new value', async () => {
  const who = people.qian;
  const phone = new Phone(here.base, who);
  succeeded(await phone.login());
  const [here_one, other] = [await here.loggedIn(who), await here.loggedIn(who)];
  const before = cookieOf(here_one, 'qrgate-session');
  const old = here_one.copy();
  assert.equal((await here_one.call('POST', '/api/v1/password', { old_password: 'Falsch#2026', new_password: 'Anders#2026q' })).verdict,
    '401 credentials_wrong');
  succeeded(await here_one.call('POST', '/api/v1/password', { old_password: who.password, new_password: 'Anders#2026q' }));
  assert.notEqual(cookieOf(here_one, 'qrgate-session'), before);
  assert.deepEqual([await alive(here_one), await alive(other), await alive(old)], [true, false, false]);
  assert.equal((await phone.call('GET', '/me')).verdict, '401 token_missing');
  assert.equal((await here.passwordLogin(await here.browser(), who)).verdict, '401 credentials_wrong', 'the old one');
});

test('Disable: an operator ends sessions one by one or all with the person, at the next call', async () => {
  const [one, other] = [await here.loggedIn(people.hao), await here.loggedIn(people.hao)];
  const { sessions } = succeeded(await one.call('GET', '/api/v1/sessions')).json;
  await here.qrgate('session', 'end', sessions.find(({ current }) => current).id);
  assert.deepEqual([await alive(one), await alive(other)], [false, true]);
  await here.qrgate('person', 'lock', people.hao.identity_number);
  assert.equal(await alive(other), false);
  await here.qrgate('person', 'unlock', people.hao.identity_number);
});

test('Own sessions: a person sees their own, ends one or all others, and nobody else', async () => {
  const [one, two, three] = [await here.loggedIn(), await here.loggedIn(), await here.loggedIn()];
  const stranger = await here.loggedIn(people.hao);
  const mine = async (browser) => succeeded(await browser.call('GET', '/api/v1/sessions')).json.sessions;
  const id_of_two = (await mine(two)).find(({ current }) => current).id;
  assert.equal((await stranger.call('DELETE', `/api/v1/sessions/${id_of_two}`)).verdict, '404 not_found');
  succeeded(await one.call('DELETE', `/api/v1/sessions/${id_of_two}`));
  assert.deepEqual([await alive(two), await alive(three)], [false, true]);
  succeeded(await one.call('DELETE', '/api/v1/sessions?others=1'));
  assert.deepEqual([await alive(one), await alive(three), await alive(stranger)], [true, false, true]);
});

test('Detect and Remediate: "it was not me" on the phone ends the PC session that a ticket opened', async () => {
  const lin = await here.phone('lin').catch(() => undefined);
  const phone = lin && (await lin.call('GET', '/me')).status === 200 ? lin : await fresh('lin');
  const ticket = await here.qrLogin(phone);
  const watching = ticket.browser.copy().call('GET', '/api/v1/session/watch?wait=25');
  const { session } = succeeded(await phone.call('GET', `/tickets/${ticket.token}`)).json;
  succeeded(await phone.call('POST', `/sessions/${session.id ?? session}/undo`, {}));
  assert.equal((await watching).verdict, '401 session_missing');
  assert.equal(await alive(ticket.browser), false);
  ticket.socket.close();
});

async function fresh(key) {
  delete here.phones[key];
  return here.phone(key);
}

test('Level change: a lowered level is seen at the next call, and ends what needed it', async () => {
  const phone = await fresh('lin');
  const by_password = await here.loggedIn();
  const by_qr = (await here.qrLogin(phone)).browser;
  assert.equal(await alive(by_qr), true);
  await here.qrgate('person', 'level', people.lin.identity_number, '2', 'checklist');
  assert.equal(await alive(by_qr), false, 'a QR session needs level 3');
  const answer = await by_password.call('GET', '/api/v1/session');
  if (answer.status === 200) assert.equal(answer.json.person.level, 2);
  else assert.equal(answer.verdict, '401 session_missing');
  const verify = await by_password.call('GET', '/api/v1/verify?level=3');
  assert.match(verify.verdict, /^(403 level_too_low|401 session_missing)$/);
  await here.server.restart();
  here.phones = {};
});

test('Notify user: a factor that is new, gone or changed is told by text', async () => {
  const phone = new Phone(here.base, people.gongsi);
  succeeded(await phone.login());
  await here.demo.advance(61);
  const before = (await here.demo.texts(people.gongsi.phone)).length;
  const { certificate, answer } = await phone.makeCertificate('392817');
  succeeded(answer);
  const texts = await here.demo.texts(people.gongsi.phone);
  assert.ok(texts.length >= before + 2, 'the code, and that there is a certificate');
  for (let i = 0; i < 10; ++i) await phone.unlock(certificate, '111333');
  assert.ok((await here.demo.texts(people.gongsi.phone)).length > texts.length, 'that it was disabled');
});

