// Accounts and what they are made of (security.md section 2, Password policy; 5.1, 身份鉴别, 个人信息保护) against the real
// server, under two of its three password policies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captchaOf } from '../outside_client/password.mjs';
import { somebodyNew } from '../outside_client/registration.mjs';
import { beginRegistration } from '../support/registration.mjs';
import { Server } from '../support/server.mjs';
import { another, people, succeeded, world } from './support/world.mjs';

const here = world({ QRGATE_PASSWORD_POLICY: 'nist' });
const DAY = 24 * 3600;

// A registration up to its last step: says what the policy thinks of a password. The code is not used up by a weak one.
async function registration() {
  const who = somebodyNew();
  return { who, ...await beginRegistration(here.base, who) };
}

test('Password policy, NIST mode: fifteen characters of any kind, Unicode and 64 too, no rules of composition, no common one', async () => {
  const { who, browser, finish } = await registration();
  assert.equal(succeeded(await browser.call('GET', '/api/v1/context')).json.password_rules, 'nist');
  for (const weak of ['Kurz#2026', 'passwordpassword', '123456789012345', `${who.identity_number}ab`]) {
    const answer = await finish(weak);
    assert.equal(answer.verdict, '400 password_too_weak', weak);
    assert.match(answer.json.error.fields.password, /\S/, 'with the reason');
  }
  const long = `夏天 傍晚 风 吹过 ${'w'.repeat(48)}`;
  const sixty_four = [...long].slice(0, 64).join('').padEnd(64, 'k');
  succeeded(await finish(sixty_four));
  const login = async (password) => (await here.passwordLogin(await here.browser(), { ...who, password })).verdict;
  assert.equal(await login(`${sixty_four}x`), '401 credentials_wrong', 'the 65th character matters');
  assert.equal(await login(sixty_four.slice(0, -1)), '401 credentials_wrong');
  assert.equal(await login(sixty_four), '200');
});

// Another server, whose people have this moment's passwords.
async function underDjcp() {
  await here.server.stop().catch(() => {});
  here.server = await Server.start(process.env.QRGATE_BINARY, { words: ['serve', '--demo'],
    settings: { QRGATE_PASSWORD_POLICY: 'djcp', QRGATE_PROXY_TRUSTED: '127.0.0.1' } });
  here.phones = {};
}

test('Password policy, 等保 mode: three of four classes, and a password of an older policy is changed at the login', async () => {
  await underDjcp();
  const { browser, finish } = await registration();
  assert.equal(succeeded(await browser.call('GET', '/api/v1/context')).json.password_rules, 'djcp');
  for (const weak of ['Ab#4567', 'abcdefgh', 'abcdefg1', 'ABCDEFG1', 'Passw0rd']) {
    assert.equal((await finish(weak)).verdict, '400 password_too_weak', weak);
  }
  succeeded(await finish('Sommer#wind7'));
  const answer = await here.passwordLogin(await here.browser(), people.sun);
  assert.equal(answer.verdict, '403 password_must_change');
  assert.match(answer.json.reset_ticket, /./);
});

test('身份鉴别 a: one number is one account; a second registration looks the same and tells the owner', async () => {
  await here.demo.advance(61);
  const browser = await here.browser();
  const start = async (changes) => {
    const { kind, identity_number, name, phone } = { ...somebodyNew(), ...changes };
    return browser.call('POST', '/api/v1/register/start', { kind, identity_number, name, phone, ...(await captchaOf(browser)) });
  };
  const before = (await here.demo.texts(people.lin.phone)).length;
  const count = async () => (await here.rows('select count(*) from person'))[0];
  const people_before = await count();
  const free = await start({});
  const taken = await start({ identity_number: people.lin.identity_number });
  const shape = ({ status, json, text }) => `${status} ${Object.keys(json)} ${text.length}`;
  assert.equal(shape(taken), shape(free));
  assert.equal((await here.demo.texts(people.lin.phone)).length, before + 1, 'the owner is told');
  assert.equal(await count(), people_before);
});

test('个人信息保护: each side is told what it needs: masked on the PC, nothing of others, no more before the login', async () => {
  const browser = await here.loggedIn();
  const account = succeeded(await browser.call('GET', '/api/v1/account')).json;
  const said = JSON.stringify(account) + (await browser.call('GET', '/api/v1/session')).text + (await browser.call('GET', '/api/v1/logins')).text;
  for (const secret of [people.lin.identity_number, people.lin.phone]) assert.ok(!said.includes(secret));
  assert.match(account.number_masked, /\*{4,}/);
  assert.match(account.phone, /\*{4}/);
  assert.match(account.person.name_masked, /\*/);
  assert.deepEqual(Object.keys(account.person).sort(), ['id', 'kind', 'level', 'name_masked']);
  const phone = await here.phone('gongsi');
  const me = (await phone.call('GET', '/me')).text + (await phone.call('GET', '/sessions')).text;
  assert.ok(!me.includes(people.lin.identity_number) && !me.includes(account.person.id), 'nothing of others');
});

// The last one: what it does to the clock ends everybody's passwords.
test('Password policy, 等保 mode: after 90 days a right password must be changed, and the old one is no new one', async () => {
  await underDjcp();
  const { lin } = people;
  const login = async (password) => here.passwordLogin(await here.browser(), { ...lin, password });
  await here.demo.advance(89 * DAY);
  assert.equal((await login(lin.password)).verdict, '200', 'a day before');
  await here.demo.advance(DAY + 1);
  assert.equal((await login('Wrong#2026x')).verdict, '401 credentials_wrong', 'who guesses is not told');
  const refused = await login(lin.password);
  assert.equal(refused.verdict, '403 password_must_change');

  const browser = await here.browser();
  const { reset } = succeeded(await browser.call('POST', '/api/v1/password/reset/start',
    { reset_ticket: refused.json.reset_ticket })).json;
  const code = await here.demo.smsCode(lin.phone);
  const finish = (new_password, typed = code) => browser.call('POST', '/api/v1/password/reset/finish', { reset, code: typed, new_password });
  assert.equal((await finish(lin.password, another(code))).verdict, '403 code_wrong', 'without the code nobody learns what the old one is');
  const same = await finish(lin.password);
  assert.equal(same.verdict, '400 password_too_weak');
  assert.match(same.json.error.fields.new_password, /原密码|old one/);
  assert.equal((await login(lin.password)).verdict, '403 password_must_change', 'nothing has changed');
  succeeded(await finish('Sommer#wind7'));
  assert.equal((await login(lin.password)).verdict, '401 credentials_wrong');
  assert.equal((await login('Sommer#wind7')).verdict, '200');
});
