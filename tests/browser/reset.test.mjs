// Forgotten and outdated passwords (M7): the code goes to the phone on record, then a new password.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityFaults } from './support/browser.mjs';
import { codeAndPassword, codeSentTo, fillOwner, freshPerson, sendCode, step } from './support/codes.mjs';
import { house } from './support/house.mjs';
import { fillPassword, logInByPassword, onAccount, openPasswordTab, session } from './support/pc.mjs';
import { people } from './support/people.mjs';

const { hao, sun, zhao, qian, gongsi } = people;
const here = house();
const NEW = 'Reise#2026x';

async function problem(page) {
  await page.locator('#problem:not([hidden])').waitFor();
  return page.locator('#problem-list').innerText();
}

async function opened(options) {
  const { page } = await here.open(options);
  await page.goto(`${here.server.origin}/password/reset`);
  await page.locator('#captcha-picture img').waitFor();
  return page;
}

const fillWho = (page, who) => fillOwner(page, here.server, who);
const setPassword = (page, who) => codeAndPassword(page, here.server, who.phone, NEW);

test('M7: sun\'s old password is right but too weak; the page leads to the reset, and sun gets in', async () => {
  const { page } = await here.open();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await openPasswordTab(page, here.server);
  await fillPassword(page, here.server, sun);
  await page.locator('#log-in').click();
  assert.match(await problem(page), /密码强度不符合要求/);
  await page.locator('#problem-list a').click();
  await page.waitForURL((url) => url.pathname === '/password/reset');
  await step(page, 'ticket');
  assert.match(await page.locator('#step-ticket').innerText(), /密码强度不符合要求/);
  await page.locator('#send-with-ticket').click();
  await step(page, 'code');
  await setPassword(page, sun);
  await step(page, 'done');
  assert.ok(asked.every((url) => new URL(url).search === ''), 'the ticket is in no address');
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'and is gone when it is used');
  await logInByPassword(page, here.server, { ...sun, password: NEW });
  assert.equal((await session(page, here.server)).person.level, 2);
});

test('a forgotten password: the login page leads there, the code goes to the phone on record', async () => {
  const { page } = await here.open();
  await openPasswordTab(page, here.server);
  await page.getByRole('link', { name: '忘记密码？' }).click();
  await page.waitForURL((url) => url.pathname === '/password/reset');
  await page.locator('#captcha-picture img').waitFor();
  await fillWho(page, hao);
  await sendCode(page);
  await setPassword(page, hao);
  await step(page, 'done');
  assert.match(await page.locator('#step-done').innerText(), /密码已重置/);
  await page.locator('#step-done a').click();
  await openPasswordTab(page, here.server);
  await fillPassword(page, here.server, hao);
  await page.locator('#log-in').click();
  await problem(page);
  await fillPassword(page, here.server, hao, { password: NEW });
  await page.locator('#log-in').click();
  await onAccount(page);
});

test('a company resets its password', async () => {
  const page = await opened();
  await fillWho(page, gongsi);
  await sendCode(page);
  await setPassword(page, gongsi);
  await step(page, 'done');
  await logInByPassword(page, here.server, { ...gongsi, password: NEW });
});

test('a reset ends what was logged in', async () => {
  const first = await here.open();
  await logInByPassword(first.page, here.server, zhao);
  const page = await opened();
  await fillWho(page, zhao);
  await sendCode(page);
  await setPassword(page, zhao);
  await step(page, 'done');
  assert.equal(await session(first.page, here.server), undefined);
});

test('an unknown number gets the same words as a known one, and nobody a text', async () => {
  const page = await opened();
  await fillWho(page, freshPerson());
  await sendCode(page);
  const unknown = await page.locator('#sent').innerText();
  await page.locator('#code').fill('123456');
  await page.locator('#password').fill(NEW);
  await page.locator('#finish').click();
  const refused = await problem(page);

  const other = await opened();
  await fillWho(other, qian);
  await sendCode(other);
  assert.equal(await other.locator('#sent').innerText(), unknown);
  const code = await codeSentTo(here.server, qian.phone);
  await other.locator('#code').fill(code === '123456' ? '654321' : '123456');
  await other.locator('#password').fill(NEW);
  await other.locator('#finish').click();
  assert.equal(await problem(other), refused);
  assert.equal(await other.locator('#password').inputValue(), NEW);
});

test('a ticket that is over falls back to the number, in words', async () => {
  const { page } = await here.open();
  await page.goto(`${here.server.origin}/password/reset`);
  await page.evaluate(() => sessionStorage.setItem('qrgate-reset-ticket', 'over'));
  await page.reload();
  await step(page, 'ticket');
  await page.locator('#send-with-ticket').click();
  assert.match(await problem(page), /请重新填写证件号码/);
  await step(page, 'who');
  await page.locator('#captcha-picture img').waitFor();
});

for (const locale of ['zh-CN', 'en-US']) {
  test(`${locale}: every step is clean, and no wider than 320 px`, async () => {
    const page = await opened({ locale, viewport: { width: 320, height: 640 } });
    const clean = async (state) => {
      assert.deepEqual(await accessibilityFaults(page), [], state);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, state);
    };
    await clean('empty');
    await page.locator('#send-code').click();
    await problem(page);
    await clean('problems');
    await fillWho(page, freshPerson());
    await sendCode(page);
    await clean('code');
    if (locale === 'en-US') assert.doesNotMatch(await page.locator('main').innerText(), /[\u4e00-\u9fff]/);
    await page.evaluate(() => sessionStorage.setItem('qrgate-reset-ticket', 'x'));
    await page.reload();
    await step(page, 'ticket');
    await clean('ticket');
  });
}

test('nothing is typed for the captcha: the browser works instead, and the code is sent', async () => {
  await here.server.advance(61); // texts asked for from one address
  const page = await opened();
  await page.locator(`input[name=kind][value=${gongsi.kind}]`).check();
  await page.locator('#identity_number').fill(gongsi.identity_number);
  await page.getByRole('button', { name: '不输入验证码' }).click();
  await page.locator('.captcha-ways').getByText(/安全检查已通过/).waitFor();
  const asked = page.waitForRequest((request) => request.url().endsWith('/password/reset/start'));
  await sendCode(page);

  const body = (await asked).postDataJSON();
  assert.ok(body.altcha.length > 0);
  assert.deepEqual(['captcha', 'captcha_id'].filter((name) => name in body), []);
});
