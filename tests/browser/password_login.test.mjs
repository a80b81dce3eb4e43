// The password form with script; no_script.test.mjs has the plain form, typing.test.mjs the slips of typing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberOfNobody } from '../outside_client/demo.mjs';
import { house } from './support/house.mjs';
import { captchaShown, fillPassword, logInByPassword, onAccount, openPasswordTab, session } from './support/pc.mjs';
import { people } from './support/people.mjs';

const { lin, hao, sun, gongsi } = people;
const here = house();

async function opened(options) {
  const { page } = await here.open(options);
  await openPasswordTab(page, here.server);
  return page;
}

const submit = (page) => page.locator('#log-in').click();

async function problem(page) {
  await page.locator('#problem:not([hidden])').waitFor();
  return page.locator('#problem-list').innerText();
}

test('a person logs in with number and password', async () => {
  const { page } = await here.open();
  await logInByPassword(page, here.server, lin);
  const { method, aal, person } = await session(page, here.server);
  assert.deepEqual([method, aal, person.level, person.kind], ['password', 1, 3, 'personal']);
});

test('a company logs in after choosing its kind, and is asked for its own number', async () => {
  const page = await opened();
  assert.equal(await page.locator('#number-label').innerText(), '身份证号');
  await page.getByLabel('企业用户').check();
  assert.equal(await page.locator('#number-label').innerText(), '统一社会信用代码');
  await fillPassword(page, here.server, gongsi);
  await submit(page);
  await onAccount(page);
  assert.equal((await session(page, here.server)).person.kind, 'corporate');
});

test('a lower-case x, full-width digits and spaces in the number are put right before the eyes', async () => {
  const page = await opened();
  const typed = ` １１０１０１ 19000101 ${hao.identity_number.slice(14, 17)}x`;
  await fillPassword(page, here.server, hao, { identity_number: typed });
  await page.locator('#identity_number').blur();
  assert.equal(await page.locator('#identity_number').inputValue(), hao.identity_number);
  await submit(page);
  await onAccount(page);
});

test('a wrong password keeps what was typed and brings another captcha', async () => {
  const page = await opened();
  await fillPassword(page, here.server, lin, { password: 'Demo#2026nil' });
  const used = await page.locator('#captcha_id').inputValue();
  const picture = await page.locator('#captcha-picture img').getAttribute('src');
  await submit(page);
  assert.match(await problem(page), /密码/);
  assert.equal(await page.locator('#identity_number').inputValue(), lin.identity_number);
  assert.equal(await page.locator('#password').inputValue(), 'Demo#2026nil');
  assert.equal(await page.locator('#captcha').inputValue(), '');
  assert.notEqual(await page.locator('#captcha_id').inputValue(), used);
  assert.notEqual(await page.locator('#captcha-picture img').getAttribute('src'), picture);
  assert.match(await page.title(), /^错误：/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'problem');

  await page.locator('#password').fill(lin.password);
  await page.locator('#captcha').fill(await captchaShown(page, here.server));
  await submit(page);
  await onAccount(page);
});

test('an unknown number gets the same words as a wrong password', async () => {
  const page = await opened();
  await fillPassword(page, here.server, lin, { password: 'Demo#2026nil' });
  await submit(page);
  const known = await problem(page);
  const other = await opened();
  await fillPassword(other, here.server, lin, { identity_number: numberOfNobody(), password: 'Demo#2026nil' });
  await submit(other);
  assert.equal(await problem(other), known);
});

test('a wrong captcha says so and keeps the password', async () => {
  const page = await opened();
  await fillPassword(page, here.server, lin, { captcha: '!!!!' });
  await submit(page);
  assert.match(await problem(page), /验证码/);
  assert.equal(await page.locator('#password').inputValue(), lin.password);
});

test('another picture is brought by its button and by a click on it', async () => {
  const page = await opened();
  let id = await page.locator('#captcha_id').inputValue();
  for (const wish of ['#captcha-again', '#captcha-picture']) {
    await page.locator(wish).click();
    await page.waitForFunction((old) => document.querySelector('#captcha_id').value !== old, id);
    id = await page.locator('#captcha_id').inputValue();
  }
});

test('what is wrong with a number is said exactly, without asking the server', async () => {
  const page = await opened();
  let asked = 0;
  page.on('request', (request) => { asked += request.url().includes('/login/password') ? 1 : 0; });
  const cases = [
    ['', '请输入身份证号'],
    [lin.identity_number.slice(0, 17), '身份证号应为 18 位，您输入了 17 位'],
    [`${lin.identity_number.slice(0, 17)}5`, '身份证号有误'],
    ['110101199913010014', '出生日期'],
    ['1101011900010100I4', '第 17 位“I”不对'],
  ];
  await fillPassword(page, here.server, lin);
  for (const [typed, said] of cases) {
    await page.locator('#identity_number').fill(typed);
    await submit(page);
    assert.ok((await problem(page)).includes(said), `${typed}: ${await problem(page)}`);
    assert.equal(await page.locator('#identity_number').getAttribute('aria-invalid'), 'true', typed);
  }
  assert.equal(asked, 0);
  await page.locator('#problem-list a').click();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'identity_number');
});

test('capitals lock and full-width characters are told while the password is typed, which is never rewritten', async () => {
  const page = await opened();
  const password = page.locator('#password');
  await password.evaluate((input) => input.dispatchEvent(new KeyboardEvent('keydown', { key: 'A', modifierCapsLock: true })));
  assert.match(await page.locator('#password-caps').innerText(), /大写锁定/);
  await password.evaluate((input) => input.dispatchEvent(new KeyboardEvent('keyup', { key: 'a' })));
  assert.equal(await page.locator('#password-caps').textContent(), '');
  await password.fill('Ｄemo。');
  assert.match(await page.locator('#password-width').innerText(), /英文输入法/);
  assert.equal(await password.inputValue(), 'Ｄemo。');
  await password.fill('Demo');
  assert.equal(await page.locator('#password-width').textContent(), '');
});

test('the password can be shown, and is hidden again when it is sent', async () => {
  const page = await opened();
  await fillPassword(page, here.server, lin, { captcha: '!!!!' });
  await page.getByRole('button', { name: '显示密码' }).click();
  assert.equal(await page.locator('#password').getAttribute('type'), 'text');
  await submit(page);
  await problem(page);
  assert.equal(await page.locator('#password').getAttribute('type'), 'password');
});

test('the right password from the old system is told to be reset, and how', async () => {
  const page = await opened();
  await fillPassword(page, here.server, sun);
  await submit(page);
  const words = await problem(page);
  assert.match(words, /密码强度不符合要求/);
  assert.equal(await page.locator('#problem-list a').getAttribute('href'), '/password/reset');
  assert.equal(await session(page, here.server), undefined);
});

test('with English asked for, page and errors are English', async () => {
  const { page } = await here.open({ locale: 'en-US' });
  await openPasswordTab(page, here.server);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await fillPassword(page, here.server, lin, { password: 'wrong' });
  await submit(page);
  assert.doesNotMatch(await problem(page), /[\u4e00-\u9fff]/);
  await page.locator('#language').click();
  await page.waitForFunction(() => document.documentElement.lang === 'zh-CN');
  await page.goto(`${here.server.origin}/login`);
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
});

test('large text and high contrast stay chosen', async () => {
  const page = await opened();
  await page.locator('#toggle-big').click();
  await page.locator('#toggle-contrast').click();
  await page.reload();
  assert.equal(await page.locator('html').getAttribute('class'), 'big contrast');
  assert.equal(await page.locator('#toggle-big').getAttribute('aria-pressed'), 'true');
});
