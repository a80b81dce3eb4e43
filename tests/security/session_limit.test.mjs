// The limit of concurrent sessions (security.md section 4, ASVS 7.1.2) against the real server, by every way to log in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { people, succeeded, world } from './support/world.mjs';

const here = world({ QRGATE_SESSION_PER_PERSON: '2' });

const alive = async (browser) => (await browser.call('GET', '/api/v1/session')).status === 200;

async function bySms(person) {
  const browser = await here.browser();
  succeeded(await here.askForCode(browser, person.phone));
  const code = await here.demo.smsCode(person.phone);
  succeeded(await browser.call('POST', '/api/v1/login/sms', { phone: person.phone, kind: person.kind, code }));
  succeeded(await browser.call('GET', '/api/v1/session'));
  return browser;
}

test('Concurrent sessions: with session.per_person = 2 a third login, by whatever method, ends the oldest and tells its page', async () => {
  const stranger = await here.loggedIn(people.hao);
  const phone = await here.phone('lin');
  const [first, second] = [await here.loggedIn(), await here.loggedIn()];
  const page_of_first = first.call('GET', '/api/v1/session/watch?wait=25');
  const { browser: third } = await here.qrLogin(phone);
  assert.equal((await page_of_first).verdict, '401 session_missing');
  assert.deepEqual([await alive(first), await alive(second), await alive(third)], [false, true, true]);
  const fourth = await bySms(people.lin);
  assert.deepEqual([await alive(second), await alive(third), await alive(fourth)], [false, true, true]);

  const { logins } = succeeded(await fourth.call('GET', '/api/v1/logins')).json;
  assert.equal(logins.filter(({ end_reason }) => end_reason === 'too_many').length, 2, 'their person sees why');
  assert.equal((await phone.call('GET', '/me')).status, 200, 'phones are not counted');
  assert.equal(await alive(stranger), true, 'nor is anybody else');
});

test('Concurrent sessions: another login of the same browser takes its own place', async () => {
  const [one, two] = [await here.loggedIn(people.zhao), await here.loggedIn(people.zhao)];
  await two.call('GET', '/api/v1/context');
  succeeded(await here.passwordLogin(two, people.zhao));
  assert.deepEqual([await alive(one), await alive(two)], [true, true]);
});

test('Concurrent sessions: logins that arrive together leave the two newest', async () => {
  const browsers = await Promise.all(Array.from({ length: 6 }, async () => {
    const browser = await here.browser();
    return [browser, await here.loginBody(browser, people.qian)];
  }));
  const answers = await Promise.all(browsers.map(([browser, body]) => browser.call('POST', '/api/v1/login/password', body)));
  assert.ok(answers.filter(({ status }) => status === 200).length > 2, answers.map(({ verdict }) => verdict).join());
  const [count] = await here.rows(`select count(*) from session where ended_at is null and kind = 'browser'
    and person_id = (select person_id from session order by opened_at desc limit 1)`);
  assert.equal(count, '2');
});
