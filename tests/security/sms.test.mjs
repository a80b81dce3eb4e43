// The code sent by text (security.md section 3) against the real server. The demo's limits for one phone are twenty times
// as high as elsewhere (docs/operating.md); the limits themselves are counted in tests/security/sms_attacks_test.cpp.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captchaOf } from '../outside_client/password.mjs';
import { Phone } from '../outside_client/phone.mjs';
import { openPage, startBrowser } from '../browser/support/browser.mjs';
import { metricsOf } from '../support/metrics.mjs';
import { another, people, succeeded, world } from './support/world.mjs';

const here = world();

const LOGIN = '/api/v1/login/sms';
const NOBODY = '13911112222';
const HOUR = 3600;
const type = (browser, phone, code, kind = 'personal') => browser.call('POST', LOGIN, { phone, code, kind });

// A browser to which a code for this phone was sent, and the code.
async function asked(phone = people.lin.phone, kind = 'personal') {
  const browser = await here.browser();
  const answer = await here.askForCode(browser, phone, kind);
  assert.equal(answer.status, 202, answer.text);
  return { browser, answer, code: phone === NOBODY ? undefined : await here.demo.smsCode(phone) };
}

test('Weak code: six digits, each place as often every digit, zeros kept', async () => {
  const counts = Array.from({ length: 6 }, () => Array(10).fill(0));
  const codes = [];
  const phone = new Phone(here.base, people.lin);
  succeeded(await phone.login());
  for (let i = 0; i < 60; ++i) {
    await here.demo.advance(3 * 60 + 1);
    succeeded(await phone.call('POST', '/certificates/start', {}));
    const code = await here.demo.smsCode(people.lin.phone);
    assert.match(code, /^\d{6}$/);
    codes.push(code);
    [...code].forEach((digit, place) => { counts[place][Number(digit)] += 1; });
  }
  assert.ok(new Set(codes).size >= 59, 'no two alike');
  // 360 digits: chi-square over ten cells, 9 degrees of freedom, one in a billion.
  const total = counts[0].map((_, digit) => counts.reduce((sum, place) => sum + place[digit], 0));
  const chi = total.reduce((sum, count) => sum + (count - 36) ** 2 / 36, 0);
  assert.ok(chi < 60, `chi-square ${chi}: ${total}`);
  await here.demo.advance(24 * HOUR);
});

test('Life: a code counts for five minutes and not a second longer', async () => {
  const late = await asked();
  await here.demo.advance(301);
  assert.equal((await type(late.browser, people.lin.phone, late.code)).verdict, '403 code_wrong');
  const early = await asked();
  await here.demo.advance(290);
  succeeded(await type(early.browser, people.lin.phone, early.code));
});

test('Guessing and reset by resend: five wrong tries kill a code, and a new code starts no new count', async () => {
  let evaluated = 0;
  let refused = 0;
  for (let round = 0; round < 60 && refused < 3; ++round) {
    const { browser, code } = await asked(people.gongsi.phone, 'corporate');
    for (let i = 0; i < 5; ++i) {
      const answer = await type(browser, people.gongsi.phone, another(code), 'corporate');
      assert.match(answer.verdict, /^(403 code_wrong|429 too_many)$/);
      if (answer.status === 403) evaluated += 1;
    }
    const right = await type(browser, people.gongsi.phone, code, 'corporate');
    assert.match(right.verdict, /^(403 code_wrong|429 too_many)$/, 'dead, even if right');
    if (right.status === 429) refused += 1;
    else evaluated += 1;
  }
  assert.equal(refused, 3, 'it ends although every round had a code of its own');
  assert.ok(evaluated <= 200 + 60, `${evaluated} tries: ten times the demo's twenty, then one after each wait`);
  await here.demo.advance(25 * HOUR);
});

test('OTP brute via unlimited verify: a walk through the codes from many browsers and addresses ends early', async () => {
  await asked();
  let evaluated = 0;
  for (let i = 0; i < 260; i += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, async (_, k) => {
      const browser = await here.distant(`203.0.113.${1 + (i + k) % 250}`);
      return type(browser, people.lin.phone, String(i + k).padStart(6, '0'));
    }));
    assert.equal(answers.filter(({ status }) => status === 200).length, 0);
    evaluated += answers.filter(({ status }) => status === 403).length;
  }
  assert.ok(evaluated <= 200, `${evaluated} evaluated`);
  await here.demo.advance(25 * HOUR);
});

test('Many valid codes: a new code replaces the old one', async () => {
  const first = await asked();
  assert.equal((await here.askForCode(first.browser, people.lin.phone)).status, 202);
  const second = await here.demo.smsCode(people.lin.phone);
  if (first.code !== second) assert.equal((await type(first.browser, people.lin.phone, first.code)).verdict, '403 code_wrong');
  succeeded(await type(first.browser, people.lin.phone, second));
});

test('Cross use: a code counts for its browser, its number, its kind and its purpose only', async () => {
  const { browser, code } = await asked();
  assert.equal((await type(await here.browser(), people.lin.phone, code)).verdict, '403 code_wrong', 'another browser');
  assert.equal((await type(browser, people.hao.phone, code)).verdict, '403 code_wrong', 'another number');
  assert.equal((await type(browser, people.lin.phone, code, 'corporate')).verdict, '403 code_wrong', 'another kind');
  succeeded(await type(browser, people.lin.phone, code));

  await here.demo.advance(61);
  const resetting = await here.browser();
  const { kind, identity_number } = people.lin;
  const { reset } = succeeded(await resetting.call('POST', '/api/v1/password/reset/start',
    { kind, identity_number, ...(await captchaOf(resetting)) })).json;
  const for_reset = await here.demo.smsCode(people.lin.phone);
  assert.equal((await type(resetting, people.lin.phone, for_reset)).verdict, '403 code_wrong', 'a code of a reset');
  const { code: for_login } = await asked();
  if (for_login !== for_reset) {
    const finish = { reset, code: for_login, new_password: 'Anders#2026z' };
    assert.equal((await resetting.call('POST', '/api/v1/password/reset/finish', finish)).verdict, '403 code_wrong', 'a code of a login');
  }
});

test('Phone swap in the request: the text goes to the number on record, whatever the second request says', async () => {
  await here.demo.advance(61);
  const browser = await here.browser();
  const { kind, identity_number } = people.zhao;
  const body = { kind, identity_number, ...(await captchaOf(browser)) };
  assert.equal((await browser.call('POST', '/api/v1/password/reset/start', { ...body, phone: NOBODY })).verdict, '400 bad_request');
  const { reset } = succeeded(await browser.call('POST', '/api/v1/password/reset/start', body)).json;
  assert.equal((await here.demo.texts(NOBODY)).length, 0);
  const code = await here.demo.smsCode(people.zhao.phone);
  for (const swapped of [{ phone: NOBODY }, { identity_number: people.lin.identity_number }, { person: 'x' }]) {
    const answer = await browser.call('POST', '/api/v1/password/reset/finish', { reset, code, new_password: 'Anders#2026z', ...swapped });
    assert.equal(answer.verdict, '400 bad_request');
  }
});

test('Code in the response or the log: nothing that the server says or keeps has it, but the text', async () => {
  const { browser, answer, code } = await asked();
  const wrong = await type(browser, people.lin.phone, another(code));
  const right = succeeded(await type(browser, people.lin.phone, code));
  // Six digits may be in a time or a length by chance, so they are looked for as a word of their own.
  const word = new RegExp(`(?<![\\w.:-])${code}(?![\\w.:-])`);
  const metrics = await metricsOf(here.server);
  for (const said of [answer, wrong, right]) assert.doesNotMatch(said.text + JSON.stringify(said.headers), word);
  assert.doesNotMatch(here.server.log.split('\n').map((line) => line.replace(/ us=\d+/, '')).join('\n'), word);
  assert.ok(!here.server.log.includes(people.lin.phone));
  assert.ok(!metrics.includes(people.lin.phone));
});

test('SMS bombing: a minute between two texts, a captcha each, and an end for a phone, an address and a day', async () => {
  await here.demo.advance(25 * HOUR);
  const target = people.hao.phone;
  const before = (await here.demo.texts(target)).length;
  const soon = await here.distant('198.51.100.20');
  const ask = async (browser, phone) => browser.call('POST', '/api/v1/sms/login', { phone, ...(await captchaOf(browser)) });
  assert.equal((await ask(soon, target)).status, 202);
  for (let i = 0; i < 5; ++i) {
    const answer = await ask(await here.distant(`198.51.100.${30 + i}`), target);
    assert.equal(answer.verdict, '429 too_many');
    assert.ok(Number(answer.headers['retry-after']) <= 60);
  }
  await here.server.restart();
  assert.equal((await here.demo.texts(target)).length - before <= 1, true);
  await here.demo.advance(61);
  const captchaless = await here.distant('198.51.100.40');
  for (let i = 0; i < 3; ++i) {
    const answer = await captchaless.call('POST', '/api/v1/sms/login', { phone: target, captcha_id: 'none', captcha: '....' });
    assert.equal(answer.verdict, '403 captcha_wrong');
  }
  let sent = 0;
  for (let i = 0; i < 40; ++i) {
    const browser = await here.distant('198.51.100.50');
    sent += (await ask(browser, `1391111${String(1000 + i)}`)).status === 202 ? 1 : 0;
  }
  assert.equal(sent, 30, 'of one address, in an hour');
});

test('Enumeration through the L3 rule: unknown, level 2, shared, locked and eligible numbers are answered alike', async () => {
  await here.demo.advance(25 * HOUR);
  await here.qrgate('person', 'lock', people.gongsi.identity_number);
  const said = { asked: new Set(), typed: new Set(), early: new Set() };
  for (const [phone, kind] of [[people.lin.phone], [people.hao.phone], [people.zhao.phone], [people.gongsi.phone, 'corporate'], [NOBODY]]) {
    const { browser, answer } = await asked(phone, kind).catch(async () => {
      const own = await here.browser(); // nobody's phone has no code to read
      return { browser: own, answer: await here.askForCode(own, phone, kind) };
    });
    said.asked.add(`${answer.status} ${answer.text}`);
    said.typed.add((await type(browser, phone, '999999', kind)).text);
    const again = await browser.call('POST', '/api/v1/sms/login', { phone, kind, ...(await captchaOf(browser)) });
    said.early.add(again.verdict);
  }
  assert.deepEqual(Object.values(said).map((set) => set.size), [1, 1, 1], JSON.stringify([...said.asked, ...said.typed, ...said.early]));
  await here.qrgate('person', 'unlock', people.gongsi.identity_number);
});

test('L3 gate: who is lowered between the sending and the typing does not get in', async () => {
  await here.demo.advance(61);
  const { browser, code } = await asked();
  await here.qrgate('person', 'level', people.lin.identity_number, '2', 'checklist');
  assert.equal((await type(browser, people.lin.phone, code)).verdict, '403 code_wrong');
  assert.equal((await browser.call('GET', '/api/v1/session')).status, 401);
  await here.server.restart();
});

test('Restricted authenticator: who is asked for a code is told for whom it is, and there are other ways in', async (t) => {
  const chromium = await startBrowser();
  t.after(() => chromium.close());
  const { page } = await openPage(chromium);
  await page.goto(`${here.base}/login?tab=sms`);
  const panel = page.locator('#panel-sms');
  await panel.waitFor();
  assert.match(await panel.innerText(), /等级|刷脸|L3|二维码|扫码/, 'who it is for');
  const tabs = await page.locator('[role=tab]').allInnerTexts();
  assert.equal(tabs.length, 3, tabs.join());
  const { methods } = succeeded(await (await here.browser()).call('GET', '/api/v1/context')).json;
  assert.deepEqual([...methods].sort(), ['password', 'qr', 'sms']);
});

test('Storage: no code and no phone number is in the database in clear, and codes that are over are purged', async () => {
  const { code } = await asked();
  const dump = await here.dump();
  assert.doesNotMatch(dump, new RegExp(`'${code}'`));
  for (const person of Object.values(people)) {
    assert.ok(!dump.includes(person.phone), 'a phone');
    assert.ok(!dump.includes(person.identity_number), 'a number');
  }
});
