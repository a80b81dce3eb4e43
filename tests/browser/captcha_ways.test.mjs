// The captcha in all its ways, on the PC and on the phone: seen, heard, or not typed at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChallenge, solveChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { house } from './support/house.mjs';
import { captchaShown, fillPassword, onAccount, openPasswordTab, session } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { PHONE, view } from './support/phone_page.mjs';

const { lin } = people;
const here = house();
const SAFE = /安全检查已通过/;

const ways = (page) => page.locator('.captcha-ways');
const submit = (page) => page.locator('#log-in').click();

async function opened(options) {
  const { page } = await here.open(options);
  await openPasswordTab(page, here.server);
  await ways(page).waitFor();
  return page;
}

async function digitsShown(page) {
  const id = await page.locator('#captcha_id').inputValue();
  const answer = await fetch(`${here.server.origin}/demo/captcha/${id}`);
  return (await answer.json()).digits;
}

async function problem(page) {
  await page.locator('#problem:not([hidden])').waitFor();
  return page.locator('#problem-list').innerText();
}

test('the spoken digits log in, and nothing is played or fetched before it is asked for', async () => {
  const page = await opened();
  const fetched = [];
  page.on('request', (request) => { if (request.url().endsWith('.wav')) fetched.push(request.url()); });
  await fillPassword(page, here.server, lin, { captcha: '' });
  assert.equal(await page.locator('audio').isVisible(), false);
  assert.deepEqual(fetched, []);

  await page.getByRole('button', { name: '听验证码' }).click();
  await page.waitForFunction(() => document.querySelector('audio').currentTime > 0);
  const { duration, controls } = await page.locator('audio').evaluate(({ duration, controls }) => ({ duration, controls }));
  assert.ok(duration > 3 && duration < 10, `six digits take ${duration} s`);
  assert.ok(controls);
  await page.getByRole('button', { name: '再听一遍' }).click();

  await page.locator('#captcha').fill(await digitsShown(page));
  await submit(page);
  await onAccount(page);
});

test('spoken digits are taken as an input method gives them', async () => {
  const page = await opened();
  const digits = await digitsShown(page);
  const wide = [...digits].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join(' ');
  await fillPassword(page, here.server, lin, { captcha: wide });
  await submit(page);
  await onAccount(page);
});

test('another picture has another sound, and the old one is over once it is answered', async () => {
  const page = await opened();
  const old = await digitsShown(page);
  const id = await page.locator('#captcha_id').inputValue();
  await page.locator('#captcha-again').click();
  await page.waitForFunction((before) => document.querySelector('#captcha_id').value !== before, id);
  assert.notEqual(await digitsShown(page), old);
  await fillPassword(page, here.server, lin, { captcha: '000000' });
  const used = await page.locator('#captcha_id').inputValue();
  await submit(page);
  assert.match(await problem(page), /验证码/);
  assert.equal((await fetch(`${here.server.origin}/api/v1/captcha/${used}.wav`)).status, 404);
});

test('nothing is typed: the browser works, says so, and logs in', async () => {
  const page = await opened();
  await fillPassword(page, here.server, lin, { captcha: '' });
  await page.getByRole('button', { name: '不输入验证码' }).click();
  await ways(page).getByText(SAFE).waitFor();
  assert.equal(await page.locator('.captcha-status').getAttribute('role'), 'status');
  assert.equal(await page.locator('#captcha').inputValue(), '');
  await submit(page);
  await onAccount(page);
  assert.equal((await session(page, here.server)).method, 'password');
});

test('who types nothing and mistypes the password goes on typing nothing', async () => {
  const page = await opened();
  await fillPassword(page, here.server, lin, { password: 'Demo#2026nil', captcha: '' });
  await page.getByRole('button', { name: '不输入验证码' }).click();
  await submit(page); // perhaps before the work is done: the form waits for it
  assert.match(await problem(page), /密码/);
  await ways(page).getByText(SAFE).waitFor();
  await page.locator('#password').fill(lin.password);
  await submit(page);
  await onAccount(page);
});

test('what is typed goes before the work', async () => {
  const page = await opened();
  await page.getByRole('button', { name: '不输入验证码' }).click();
  await ways(page).getByText(SAFE).waitFor();
  const sent = page.waitForRequest((request) => request.url().includes('/login/password'));
  await fillPassword(page, here.server, lin);
  await submit(page);
  assert.deepEqual(Object.keys((await sent).postDataJSON()).sort(), ['captcha', 'captcha_id', 'identity_number', 'kind', 'password']);
  await onAccount(page);
});

test('a check that cannot be had is told, with the other ways', async () => {
  const page = await opened();
  await page.route('**/pow', (route) => route.abort());
  await page.getByRole('button', { name: '不输入验证码' }).click();
  await ways(page).getByText(/没有完成.*图片、语音/).waitFor();
  await fillPassword(page, here.server, lin, { captcha: '' });
  await submit(page);
  assert.match(await problem(page), /4 个字符/);
  await page.locator('#captcha').fill(await captchaShown(page, here.server));
  await submit(page);
  await onAccount(page);
});

test('a long check is announced, a short one is not', async () => {
  const page = await opened();
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.querySelector('.captcha-status').textContent))
      .observe(document.querySelector('.captcha-status'), { childList: true, characterData: true, subtree: true });
  });
  let go;
  const waiting = new Promise((resolve) => { go = resolve; });
  await page.route('**/pow', async (route) => { await waiting; await route.continue(); });
  await page.getByRole('button', { name: '不输入验证码' }).click();
  await ways(page).getByText('正在进行安全检查').waitFor();
  go();
  await ways(page).getByText(SAFE).waitFor();
  assert.match(await page.evaluate(() => window.said.join('|')), /正在进行安全检查.*已通过/);
});

test('the picture grows to twice its size, and stays so when it changes', async () => {
  const page = await opened();
  const width = () => page.locator('#captcha-picture img').evaluate((image) => image.getBoundingClientRect().width);
  const before = await width();
  const button = page.getByRole('button', { name: '放大图片' });
  await button.click();
  assert.equal(await button.getAttribute('aria-pressed'), 'true');
  assert.ok(await width() >= 2 * before, `${before} px before, ${await width()} px after`);
  const id = await page.locator('#captcha_id').inputValue();
  await page.locator('#captcha-again').click();
  await page.waitForFunction((old) => document.querySelector('#captcha_id').value !== old, id);
  assert.ok(await width() >= 2 * before);
});

test('by keyboard alone: from the password to being logged in, typing no captcha', async () => {
  const page = await opened();
  await page.locator('#identity_number').focus();
  await page.keyboard.type(lin.identity_number);
  await page.keyboard.press('Tab');
  await page.keyboard.type(lin.password);
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.textContent) === '不输入验证码') break;
  }
  await page.keyboard.press('Space');
  await ways(page).getByText(SAFE).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'log-in');
  await page.keyboard.press('Enter');
  await onAccount(page);
});

test('the phone has the same ways', async () => {
  const { page } = await here.open(PHONE);
  await page.goto(`${here.server.origin}/phone`);
  await view(page, 'login');
  await page.locator('#identity_number').fill(lin.identity_number);
  await page.locator('#password').fill(lin.password);
  await page.getByRole('button', { name: '听验证码' }).click();
  await page.waitForFunction(() => document.querySelector('audio').currentTime > 0);
  await page.getByRole('button', { name: '不输入验证码' }).click();
  await ways(page).getByText(SAFE).waitFor();
  await page.locator('#view button[type=submit]').click();
  await view(page, 'home');
});

test('in English the ways are English', async () => {
  const page = await opened({ locale: 'en-US' });
  assert.doesNotMatch(await ways(page).innerText(), /[\u4e00-\u9fff]/);
  await page.getByRole('button', { name: 'Type nothing' }).click();
  await ways(page).getByText('The safety check has passed').waitFor();
});

// --- the format, both ways

test('the library solves what the server asks, and the server takes it once', async () => {
  const { context } = await here.open();
  const headers = { origin: here.server.origin };
  const made = await (await context.request.post(`${here.server.origin}/api/v1/captcha`, { headers })).json();
  assert.deepEqual(made.alternatives, ['pow']);
  const challenge = await (await context.request.get(`${here.server.origin}/api/v1/captcha/${made.id}/pow`)).json();
  const solution = await solveChallenge({ challenge, deriveKey });
  const altcha = Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
  const data = { kind: 'personal', identity_number: lin.identity_number, password: 'Demo#2026nil', altcha };

  const first = await context.request.post(`${here.server.origin}/api/v1/login/password`, { headers, data });
  const second = await context.request.post(`${here.server.origin}/api/v1/login/password`, { headers, data });

  assert.equal((await first.json()).error.code, 'credentials_wrong');
  assert.equal((await second.json()).error.code, 'captcha_wrong');
});

test('the page solves what the library asks, and the library takes it', async () => {
  const secrets = { hmacSignatureSecret: 'one', hmacKeySignatureSecret: 'two' };
  const expiresAt = Math.floor(Date.now() / 1000) + 600;
  const challenge = await createChallenge({ algorithm: 'PBKDF2/SHA-256', cost: 100, counter: 61, deriveKey, expiresAt, ...secrets });
  const page = await opened();
  await page.route('**/pow', (route) => route.fulfill({ json: challenge }));
  await page.getByRole('button', { name: '不输入验证码' }).click();
  await ways(page).getByText(SAFE).waitFor();
  const sent = page.waitForRequest((request) => request.url().includes('/login/password'));
  await fillPassword(page, here.server, lin, { captcha: '' });
  await submit(page);
  const payload = JSON.parse(Buffer.from((await sent).postDataJSON().altcha, 'base64').toString());

  assert.deepEqual(payload.challenge, challenge);
  assert.equal(payload.solution.counter, 61);
  assert.equal((await verifySolution({ ...payload, deriveKey, ...secrets })).verified, true);
  const forged = { ...payload.solution, derivedKey: '00'.repeat(32) };
  assert.equal((await verifySolution({ challenge, solution: forged, deriveKey, ...secrets })).verified, false);
  assert.match(await problem(page), /验证码/, 'for the server it is a stranger\'s');
});
