// The demo page as a newcomer meets it: only what is shown there is pressed, only the passphrase it proposes is typed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import { house } from './support/house.mjs';

const here = house();

async function openDemo(options) {
  const { page } = await here.open({ viewport: { width: 1280, height: 900 }, ...options });
  await page.goto(here.server.origin); // what ./run tells to open leads here
  assert.equal(new URL(page.url()).pathname, '/demo');
  return { page, pc: page.frameLocator('#pc'), phone: page.frameLocator('#phone') };
}

const current = (page) => page.locator('.steps li[aria-current]').getAttribute('id');

test('a newcomer completes a QR login in the three steps that are shown', async () => {
  const { page, pc, phone } = await openDemo();
  await pc.locator('.short-code').waitFor();
  await phone.locator('img.captcha').waitFor();
  assert.equal(await current(page), 'step-1');
  await page.getByRole('button', { name: '用 lin 登录手机' }).click();
  await phone.getByRole('button', { name: '填入验证码' }).click();
  await until('the captcha', () => phone.locator('#captcha').inputValue());
  await phone.getByRole('button', { name: '登录', exact: true }).click();

  await phone.getByRole('button', { name: '证书管理' }).waitFor();
  await until('step 2', async () => (await current(page)) === 'step-2');
  await phone.getByRole('button', { name: '证书管理' }).click();
  await phone.getByRole('button', { name: '证书下载' }).click();
  await page.getByRole('button', { name: '填入手机' }).first().click();
  await until('the code in the phone', () => phone.locator('#sms_code').inputValue());
  const proposed = /例如 (\d+)/.exec(await page.locator('#step-2').innerText())[1];
  await phone.locator('#passphrase').fill(proposed);
  await phone.getByRole('button', { name: '激活' }).click();
  await phone.locator('dialog #passphrase_again').fill(proposed);
  await phone.locator('dialog #passphrase_again').press('Enter');

  await phone.locator('#view').getByText('证书下载完成').first().waitFor();
  await until('step 3', async () => (await current(page)) === 'step-3');
  await page.getByRole('button', { name: '让手机扫描电脑上的二维码' }).click();
  await phone.getByText('要在这台电脑上登录吗？').waitFor();
  await pc.getByRole('heading', { name: '已扫码' }).waitFor();
  await phone.locator('#passphrase').fill(proposed);
  await phone.locator('#view button[type=submit]:not([aria-disabled])').click();
  await pc.getByRole('heading', { name: '我的账户' }).waitFor();
  await pc.getByText('二维码登录').first().waitFor();
  await phone.getByText('电脑已登录').waitFor();

  await page.getByRole('button', { name: '重新打开登录页' }).click();
  await pc.locator('.short-code').waitFor();
});

test('all six people are there, and each can be put into the phone', async () => {
  const { page, phone } = await openDemo();
  await phone.locator('img.captcha').waitFor();
  assert.equal(await page.locator('#people li').count(), 6);
  await page.getByRole('button', { name: '用此人登录手机：gongsi' }).click();
  await until('the company', async () => (await phone.locator('#identity_number').inputValue()) === '91110000DEM0000014');
  assert.ok(await phone.getByLabel('企业用户').isChecked());
  assert.equal(await page.locator('#outbox-phone').inputValue(), '13900000005');
});

test('without a code on the PC, the button says what to do', async () => {
  const { page, pc } = await openDemo();
  await pc.locator('.short-code').waitFor();
  await pc.getByRole('tab', { name: '用户名登录' }).click();
  await until('the socket to be closed', async () => (await pc.locator('.short-code').count()) === 0);
  await page.getByRole('button', { name: '让手机扫描电脑上的二维码' }).click();
  assert.match(await page.locator('#hand-over-problem').innerText(), /没有登录码/);
});

test('the clock is moved by its buttons: the wait is over, a button brings a new code', async () => {
  const { page, pc } = await openDemo();
  await pc.locator('.short-code').waitFor();
  await page.getByRole('button', { name: '前进 5 分钟' }).click();
  await pc.getByText('二维码已过期').first().waitFor();
  await pc.getByRole('button', { name: '刷新二维码' }).click();
  await pc.locator('.short-code').waitFor();
});

test('the English page speaks English in both frames', async () => {
  const { page, pc, phone } = await openDemo({ locale: 'en-US' });
  await pc.locator('.short-code').waitFor();
  await phone.locator('img.captcha').waitFor();
  await page.locator('#people li').first().waitFor();
  for (const place of [page.locator('.steps'), page.locator('#people'), pc.locator('main'), phone.locator('main')]) {
    // The mini-program's own words stay as they are there, in quotation marks.
    assert.doesNotMatch((await place.innerText()).replace(/“[^”]*”/g, ''), /[\u4e00-\u9fff]/);
  }
});
