// The password door and its captcha (security.md section 2) against the real server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerCaptcha, numberOfNobody } from '../outside_client/demo.mjs';
import { exchange } from '../outside_client/http.mjs';
import { withCheckCharacter } from '../outside_client/identity_number.mjs';
import { captchaOf } from '../outside_client/password.mjs';
import { metricByLabel } from '../support/metrics.mjs';
import { asBrowser, octetsOf, releasedTogether, verdicts } from './support/last_byte.mjs';
import { say, timeless } from './support/raw.mjs';
import { people, succeeded, world, wrongly } from './support/world.mjs';

const here = world({ QRGATE_WORKERS_HASH_THREADS: '1' }); // the same line on every machine

const LOGIN = '/api/v1/login/password';
const nobody = { ...people.lin, identity_number: numberOfNobody() };
const DAY = 24 * 3600;

test('Offline cracking: every stored password is Argon2id of at least 19 MiB, equal passwords in different rows', async () => {
  const stored = await here.rows('select password_hash from person');
  assert.ok(stored.length >= 6);
  for (const row of stored.filter((each) => each.startsWith('$argon2'))) {
    const [, memory, passes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$/.exec(row);
    assert.ok(Number(memory) >= 19_456 && Number(passes) >= 2 || Number(memory) >= 47_104, row.slice(0, 40));
  }
  assert.equal(stored.filter((each) => !each.startsWith('$argon2id$')).length, 0);
  assert.equal(new Set(stored).size, stored.length);
  const salts = stored.map((row) => row.split('$')[4]);
  assert.equal(new Set(salts).size, salts.length, 'a salt each');
  for (const { password } of Object.values(people)) assert.ok(!(await here.dump()).includes(password));
});

test('Online guessing: ten tries, then 429 with growing waits, and after a hundred not even the right password', async () => {
  await here.demo.advance(DAY);
  const browser = await here.browser();
  const waits = [];
  let evaluated = 0;
  for (let i = 0; i < 130; ++i) {
    const answer = await browser.call('POST', LOGIN, { kind: 'personal', identity_number: people.hao.identity_number,
      password: 'Wrong#2026x', captcha_id: 'none', captcha: '....' });
    if (answer.status === 429) {
      const wait = Number(answer.headers['retry-after']);
      waits.push(wait);
      if (wait > 3600) break;
      await here.demo.advance(wait);
    } else evaluated += 1;
  }
  assert.ok(evaluated <= 100, `${evaluated} evaluated`);
  assert.ok(waits[0] >= 20 && waits[0] <= 30, `the first wait is ${waits[0]} s`);
  assert.ok(waits.slice(0, 6).every((wait, i, all) => i === 0 || wait >= all[i - 1]), `${waits.slice(0, 6)} grow`);
  assert.equal((await here.passwordLogin(browser, people.hao)).verdict, '429 too_many', 'the right one, too');
  await here.demo.advance(DAY + 1);
  succeeded(await here.passwordLogin(await here.browser(), people.hao));
});

test('Alias doubling: all spellings of a number are one budget', async () => {
  await here.demo.advance(DAY);
  const browser = await here.browser();
  const spellings = ['11010119000101009X', '11010119000101009x', ' 11010119000101009X ', '１１０１０１１９０００１０１００９Ｘ'];
  let evaluated = 0;
  for (let i = 0; i < 24; ++i) {
    const form = new URLSearchParams({ kind: 'personal', identity_number: spellings[i % 4], password: 'x', captcha_id: 'none', captcha: 'x' });
    const answer = await browser.call('POST', LOGIN, form.toString(), { 'content-type': 'application/x-www-form-urlencoded' });
    assert.notEqual(answer.status, 400, spellings[i % 4]);
    evaluated += answer.status === 429 ? 0 : 1;
  }
  assert.equal(evaluated, 10);
});

test('Lockout DoS: who uses up an account keeps its owner out of no browser they know', async () => {
  await here.demo.advance(DAY);
  const owner = await here.loggedIn(people.gongsi);
  succeeded(await owner.call('POST', '/api/v1/logout'));
  const attacker = await here.distant('198.51.100.66');
  for (let i = 0; i < 15; ++i) await here.passwordLogin(attacker, wrongly(people.gongsi));
  assert.equal((await here.passwordLogin(attacker, people.gongsi)).verdict, '429 too_many');
  await owner.call('GET', '/api/v1/context');
  succeeded(await here.passwordLogin(owner, people.gongsi));
});

test('Spraying: one address with many people, and many addresses with one person, both end', async () => {
  await here.demo.advance(DAY);
  const sprayer = await here.distant('198.51.100.7');
  let answered = 0;
  for (let i = 0; i < 130; ++i) {
    const numbers = `11010119${20 + Math.floor(i / 28)}01${String(1 + i % 28).padStart(2, '0')}000`;
    const answer = await sprayer.call('POST', LOGIN, { kind: 'personal', identity_number: withCheckCharacter(numbers),
      password: 'Spray#2026x', captcha_id: 'none', captcha: '....' });
    answered += answer.status === 429 ? 0 : 1;
  }
  assert.equal(answered, 100);

  let one = 0;
  for (let i = 0; i < 30; ++i) {
    const browser = await here.distant(`198.51.101.${i + 1}`);
    one += (await here.passwordLogin(browser, wrongly(people.zhao))).status === 429 ? 0 : 1;
  }
  assert.equal(one, 10);
});

test('Spoofed client IP: addresses that a client names itself count for nothing behind the trusted hop', async () => {
  await here.demo.advance(DAY);
  let answered = 0;
  for (let i = 0; i < 120; ++i) {
    const browser = await here.distant(`10.9.${i}.1, 198.51.100.9`); // left of the right-most hop: the client's own words
    const answer = await browser.call('POST', LOGIN, { kind: 'personal', identity_number: withCheckCharacter(`11010119300101${String(i).padStart(3, '0')}`),
      password: 'x', captcha_id: 'none', captcha: 'x' }, { 'x-real-ip': `10.9.${i}.2`, forwarded: `for=10.9.${i}.3`, 'true-client-ip': `10.9.${i}.4` });
    answered += answer.status === 429 ? 0 : 1;
  }
  assert.equal(answered, 100);
});

test('Enumeration by content: unknown, wrong, locked and every level get the same octets', async () => {
  await here.demo.advance(DAY);
  await here.qrgate('person', 'lock', people.qian.identity_number);
  const browser = await here.browser();
  const said = new Set();
  for (const person of [wrongly(people.lin), wrongly(people.hao), wrongly(people.sun), nobody, wrongly(people.qian), people.qian]) {
    const body = await here.loginBody(browser, person);
    const { text } = await say(here.base, octetsOf(here.base, asBrowser(browser, 'POST', LOGIN, body)));
    // The fresh captcha aside, whose picture is another one each time.
    const [head, json] = timeless(text).split('\r\n\r\n');
    const rest = JSON.parse(json);
    assert.ok(rest.captcha.id);
    delete rest.captcha;
    said.add(head.replace(/content-length: \d+/i, '') + JSON.stringify(rest));
  }
  assert.equal(said.size, 1, [...said].join('\n'));
  await here.qrgate('person', 'unlock', people.qian.identity_number);
});

test('Enumeration by content: the budget of somebody unknown answers like the one of somebody known', async () => {
  await here.demo.advance(DAY);
  const browser = await here.browser();
  const answers = { known: [], unknown: [] };
  for (let i = 0; i < 13; ++i) {
    for (const [who, person] of [['known', wrongly(people.lin)], ['unknown', nobody]]) {
      const answer = await here.passwordLogin(browser, person);
      answers[who].push(`${answer.verdict} ${answer.headers['retry-after'] ? 'later' : ''}`);
    }
  }
  assert.deepEqual(answers.known, answers.unknown);
  assert.match(answers.known.at(-1), /^429/);
});

test('Enumeration by time: an unknown number costs the same statements as a known one', async () => {
  await here.demo.advance(DAY);
  const browser = await here.browser();
  const statements = () => metricByLabel(here.server, 'qrgate_database_statement_seconds_count');
  const oneTry = async (person) => {
    const body = await here.loginBody(browser, person);
    const before = await statements();
    assert.equal((await browser.call('POST', LOGIN, body)).verdict, '401 credentials_wrong');
    const after = await statements();
    return Object.entries(after).filter(([name, count]) => count > (before[name] ?? 0)).map(([name, count]) => `${name} ${count - (before[name] ?? 0)}`);
  };
  const costs = [];
  for (const person of [wrongly(people.lin), nobody, wrongly(people.sun), wrongly(people.gongsi)]) {
    // What is swept beside the tries is not in all three of them.
    const tries = [await oneTry(person), await oneTry(person), await oneTry(person)];
    costs.push(tries[0].filter((each) => tries.every((other) => other.includes(each))).sort().join(', '));
  }
  assert.match(costs[0], /\d/, 'statements were counted');
  assert.equal(new Set(costs).size, 1, costs.join(' / '));
});

test('Long-password DoS: a megabyte is refused unread, 1025 octets by their shape, and the longest is only wrong', async () => {
  await here.demo.advance(DAY);
  const browser = await here.browser();
  const body = await here.loginBody(browser, people.lin);
  const megabyte = await say(here.base, octetsOf(here.base, asBrowser(browser, 'POST', LOGIN, { ...body, password: 'a'.repeat(1 << 20) })));
  assert.deepEqual(megabyte.statuses, [413]);
  for (const password of ['a'.repeat(1025), '密'.repeat(257)]) {
    assert.equal((await browser.call('POST', LOGIN, { ...body, password })).verdict, '400 bad_request');
  }
  assert.equal((await browser.call('POST', LOGIN, { ...body, password: '密'.repeat(256) })).verdict, '401 credentials_wrong');
});

test('Hash-flood DoS: 200 logins at once are answered or told when to come back, and waiting browsers stay', async () => {
  await here.demo.advance(DAY);
  const waiting = await here.waiting();
  const browsers = await Promise.all(Array.from({ length: 200 }, () => here.browser()));
  const bodies = await Promise.all(browsers.map((browser, i) => here.loginBody(browser,
    { ...people.lin, identity_number: withCheckCharacter(`11010119400101${String(i).padStart(3, '0')}`) })));
  const answers = await releasedTogether(here.base, browsers.map((browser, i) => asBrowser(browser, 'POST', LOGIN, bodies[i])));
  const counted = verdicts(answers);
  assert.deepEqual(Object.keys(counted).filter((verdict) => !['401 credentials_wrong', '503 busy'].includes(verdict)), []);
  assert.ok(counted['503 busy'] > 0, 'more than the line holds');
  for (const answer of answers.filter(({ status }) => status === 503)) assert.ok(Number(answer.headers['retry-after']) >= 1);
  succeeded(await waiting.browser.call('POST', '/api/v1/qr/cancel'));
  await waiting.socket.code();
  waiting.socket.close();
  succeeded(await here.passwordLogin(await here.browser(), people.lin));
});

test('Captcha reuse: used twice, used wrong, of another browser, or too old, it is no captcha', async () => {
  await here.demo.advance(DAY);
  const browser = await here.browser();
  const other = await here.browser();
  const used = await here.loginBody(browser, people.lin);
  succeeded(await browser.copy().call('POST', LOGIN, used));
  assert.equal((await browser.call('POST', LOGIN, used)).verdict, '403 captcha_wrong', 'twice');
  const mistyped = await here.loginBody(other, people.lin);
  assert.equal((await other.call('POST', LOGIN, { ...mistyped, captcha: '....' })).verdict, '403 captcha_wrong');
  assert.equal((await other.call('POST', LOGIN, mistyped)).verdict, '403 captcha_wrong', 'wrong, then right');
  const foreign = await here.loginBody(other, people.lin);
  assert.equal((await (await here.browser()).call('POST', LOGIN, foreign)).verdict, '403 captcha_wrong', "another browser's");
  const old = await here.loginBody(other, people.lin);
  await here.demo.advance(601);
  assert.equal((await other.call('POST', LOGIN, old)).verdict, '403 captcha_wrong', 'too old');
});

test('Captcha bypass: no client decides whether there is one, and nothing that is answered says what it is', async () => {
  const browser = await here.browser();
  const body = await here.loginBody(browser, people.lin);
  for (const changed of [{ captcha: undefined }, { captcha_id: undefined }, { captcha: null }, { captcha: [] }, { captcha: 0 },
    { captcha_id: true }, { type: 'none' }, { captchaType: 'none' }, { captcha_type: '' }, { provider: 'none' }, { altcha: 'none' }]) {
    assert.equal((await browser.call('POST', LOGIN, { ...body, ...changed })).verdict, '400 bad_request', JSON.stringify(changed));
  }
  for (const changed of [{ captcha: '' }, { captcha_id: '', captcha: '' }, { captcha_id: 'none' }]) {
    assert.equal((await browser.call('POST', LOGIN, { ...body, ...changed })).verdict, '403 captcha_wrong', JSON.stringify(changed));
  }
  const made = succeeded(await browser.call('POST', '/api/v1/captcha'));
  const { captcha } = await answerCaptcha(here.base, made);
  const { digits } = (await exchange(here.base, 'GET', `/demo/captcha/${made.json.id}`)).json;
  const picture = Buffer.from(made.json.image.split(',')[1], 'base64').toString('latin1');
  const sound = await browser.call('GET', made.json.audio);
  for (const secret of [captcha, digits]) {
    for (const said of [made.json.id, JSON.stringify(made.headers), picture, sound.bytes.subarray(0, 200).toString('latin1')]) {
      assert.ok(!said.includes(secret));
    }
  }
});

test('Captcha as enumeration oracle: a wrong captcha says the same of everybody, right password or not', async () => {
  await here.demo.advance(DAY);
  const browser = await here.browser();
  const said = new Set();
  for (const person of [people.lin, wrongly(people.lin), people.sun, nobody]) {
    const answer = await here.passwordLogin(browser, person, { captcha: '....' });
    said.add(`${answer.verdict} ${JSON.stringify(answer.json.error)}`);
  }
  assert.equal(said.size, 1);
  assert.match([...said][0], /^403 captcha_wrong/);
});

test('Login CSRF: a form of another page logs nobody in, and a login ends the pre-session', async () => {
  const browser = await here.browser();
  const { kind, identity_number, password } = people.lin;
  const form = new URLSearchParams({ kind, identity_number, password, ...(await captchaOf(browser)) }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };
  for (const origin of ['https://evil.example', 'null']) {
    const answer = await browser.call('POST', LOGIN, form, { ...headers, origin });
    assert.equal(answer.status, 403);
    assert.ok(!browser.cookie.includes('qrgate-session'));
  }
  const before = browser.copy();
  assert.equal((await browser.call('POST', LOGIN, form, headers)).status, 303, 'the same form from our own page');
  assert.equal((await here.passwordLogin(before, people.lin).catch((error) => error)).verdict, '401 session_missing');
});
