// The password form where scripts do not run, and where old ones do but modules do not (the manual's question 1).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { house } from './support/house.mjs';
import { session } from './support/pc.mjs';
import { people } from './support/people.mjs';

const { lin, gongsi, sun } = people;
const here = house();

async function opened({ query = '', ...options } = {}) {
  const { page } = await here.open({ javaScriptEnabled: false, ...options });
  const picture = page.waitForResponse((answer) => answer.url().endsWith('/login/captcha.png'));
  await page.goto(`${here.server.origin}/login${query}`);
  await picture;
  return page;
}

// What the picture on this page says: the newest of this browser.
async function newest(page) {
  const answer = await page.context().request.get(`${here.server.origin}/demo/captcha/newest`);
  return answer.json();
}

async function send(page, { kind, identity_number, password }, captcha) {
  await page.locator(`input[name=kind][value=${kind}]`).check();
  await page.locator('#identity_number').fill(identity_number);
  await page.locator('#password').fill(password);
  await page.locator('#captcha').fill(captcha ?? (await newest(page)).answer);
  const settled = page.waitForLoadState('load');
  await page.locator('#log-in').click();
  await settled;
}

const summary = (page) => page.locator('.summary[role=alert]');

async function refusedPage(page) {
  await summary(page).waitFor();
  await page.waitForLoadState('networkidle');
  return summary(page).innerText();
}

test('the picture logs in', async () => {
  const page = await opened();
  assert.ok(await page.locator('img.picture').isVisible());
  await send(page, lin);
  await page.waitForURL((url) => url.pathname === '/account');
  assert.equal((await session(page, here.server)).method, 'password');
});

test('the spoken digits log in: there is a player beside the picture', async () => {
  const page = await opened();
  const player = page.locator('audio[controls]');
  assert.ok(await player.isVisible());
  assert.equal(await player.getAttribute('preload'), 'none');
  const sound = await page.context().request.get(`${here.server.origin}/login/captcha.wav`);
  assert.equal(sound.headers()['content-type'], 'audio/wav');
  await send(page, lin, (await newest(page)).digits);
  await page.waitForURL((url) => url.pathname === '/account');
});

test('after a failure: the reason first, number and kind kept, the password not sent back, another picture', async () => {
  const page = await opened();
  const used = await newest(page);
  await send(page, { ...gongsi, password: 'Demo$2026wrong' });
  const words = await refusedPage(page);
  assert.match(words, /登录没有成功/);
  assert.match(words, /按住 Shift 键/);
  assert.match(await page.title(), /^错误：/);
  assert.equal(await page.locator('#identity_number').inputValue(), gongsi.identity_number);
  assert.equal(await page.locator('#password').inputValue(), '');
  assert.ok(await page.locator('input[name=kind][value=corporate]').isChecked());
  assert.notEqual((await newest(page)).answer + (await newest(page)).digits, used.answer + used.digits);
  assert.equal(await summary(page).getByRole('link').getAttribute('href'), '/password/reset');

  await send(page, gongsi);
  await page.waitForURL((url) => url.pathname === '/account');
});

test('typing slips in the number are put right by the server', async () => {
  const page = await opened();
  const wide = [...lin.identity_number].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join(' ');
  await send(page, { ...lin, identity_number: wide });
  await page.waitForURL((url) => url.pathname === '/account');
});

test('each failure has its own words', async () => {
  const page = await opened();
  await send(page, lin, '!!!!');
  assert.match(await refusedPage(page), /验证码错误/);
  await send(page, { ...lin, identity_number: '110101190001010015' });
  assert.match(await refusedPage(page), /身份证号不正确/);
  await send(page, sun);
  assert.match(await refusedPage(page), /密码/);
  assert.equal(await summary(page).getByRole('link').getAttribute('href'), '/password/reset');
});

test('the language that was chosen stays, also on the page of a failure', async () => {
  const page = await opened({ query: '?lang=en' });
  await send(page, { ...lin, password: 'wrong' });
  assert.doesNotMatch(await refusedPage(page), /[\u4e00-\u9fff]/);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.locator('#language').click();
  await page.waitForURL((url) => url.pathname === '/login');
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
});

// Chromium cannot forget modules, so the page is served as such a browser reads it: module scripts are unknown,
// `nomodule` means nothing.
test('where scripts run but modules do not, the plain form has picture and sound', async () => {
  const { page } = await here.open();
  await page.route('**/login', async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const answer = await route.fetch();
    const body = (await answer.text()).replace(/<script type="module"[^>]*><\/script>/g, '').replaceAll('nomodule', '');
    await route.fulfill({ response: answer, body });
  });
  const picture = page.waitForResponse((answer) => answer.url().endsWith('/login/captcha.png'));
  await page.goto(`${here.server.origin}/login`);
  await picture;
  assert.ok(await page.locator('#plain-captcha img').isVisible());
  assert.equal(await page.getByRole('link', { name: '听验证码' }).getAttribute('href'), '/login/captcha.wav');
  for (const hidden of ['#captcha-again', '#show-password', '#toggle-big', '[role=tablist]']) {
    assert.equal(await page.locator(hidden).isVisible(), false, `${hidden} does nothing without modules`);
  }
  await send(page, lin);
  await page.waitForURL((url) => url.pathname === '/account');
});

test('with modules the old script is not even fetched', async () => {
  const { page } = await here.open();
  const fetched = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  await page.goto(`${here.server.origin}/login`);
  await page.locator('.captcha-ways').waitFor();
  assert.ok(!fetched.includes('/plain.js') && !fetched.includes('/login/captcha.png'), fetched.join(' '));
});
