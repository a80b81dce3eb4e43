// Without a mouse: only Tab, arrows, Enter, Space and letters. What has the focus can be seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import { house } from './support/house.mjs';
import { captchaShown, codeShown, heading, onAccount, openPasswordTab, session } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { newestCode, PASSPHRASE, view } from './support/phone_page.mjs';

const { lin, gongsi } = people;
const here = house();
const MOST_TABS = 40;

const focused = (page) => page.evaluate(() => {
  const { id, type, className, name, textContent } = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return { id, type, className, name, text: textContent.trim(), outline: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth) };
});

// Goes on with Tab until the focus is where `wanted` says.
async function tabTo(page, wanted, what) {
  for (let i = 0; i < MOST_TABS; i++) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (!wanted(now)) continue;
    assert.ok(now.outline > 0, `the focus on ${what} can be seen`);
    return;
  }
  throw new Error(`${what} is not reached with Tab`);
}

const toId = (page, id) => tabTo(page, (now) => now.id === id, `#${id}`);
const toText = (page, text) => tabTo(page, (now) => now.text === text, text);

async function typeInto(page, id, value) {
  await toId(page, id);
  await page.keyboard.type(value);
}

test('the first Tab offers to skip to the content', async () => {
  const { page } = await here.open();
  await openPasswordTab(page, here.server);
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).className, 'skip');
  await page.keyboard.press('Enter');
  assert.equal((await focused(page)).id, 'main');
});

test('password login', async () => {
  const { page } = await here.open();
  await openPasswordTab(page, here.server);
  await tabTo(page, (now) => now.name === 'kind', 'the kinds');
  await page.keyboard.press('ArrowDown');
  await typeInto(page, 'identity_number', gongsi.identity_number);
  await typeInto(page, 'password', 'Demo$2026');
  await page.keyboard.press('Enter');
  await page.locator('#problem:not([hidden])').waitFor();
  assert.equal((await focused(page)).id, 'problem', 'the summary takes the focus');
  await toText(page, '请输入图片中的 4 个字符');
  await page.keyboard.press('Enter');
  assert.equal((await focused(page)).id, 'captcha', 'its link leads to the field');
  await page.keyboard.type(await captchaShown(page, here.server));
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  assert.equal((await focused(page)).id, 'password');
  await page.keyboard.press('End');
  await page.keyboard.type('corp');
  await toId(page, 'log-in');
  await page.keyboard.press('Enter');
  await onAccount(page);
  assert.equal((await session(page, here.server)).person.kind, 'corporate');
  await toId(page, 'log-out');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/login');
});

async function phoneWithCertificate() {
  const { page } = await here.open();
  await page.goto(`${here.server.origin}/phone`);
  await page.locator('img.captcha').waitFor();
  await tabTo(page, (now) => now.name === 'kind', 'the kinds');
  await typeInto(page, 'identity_number', lin.identity_number);
  await typeInto(page, 'password', lin.password);
  await toText(page, '填入验证码（仅演示环境）');
  await page.keyboard.press('Enter');
  await until('the captcha', () => page.locator('#captcha').inputValue());
  await toText(page, '登录');
  await page.keyboard.press('Enter');
  await view(page, 'home');
  assert.equal((await focused(page)).id, 'heading', 'a new view begins at its heading');
  await page.locator('#view button.primary').waitFor();
  await toText(page, '证书管理');
  await page.keyboard.press('Space');
  await page.locator('#view[data-view=certificates] button.primary').waitFor();
  await toText(page, '证书下载');
  await page.keyboard.press('Space');
  await view(page, 'certificate');
  await typeInto(page, 'sms_code', await until('the text', () => newestCode(here.server, lin.phone)));
  await typeInto(page, 'passphrase', PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.locator('dialog #passphrase_again').waitFor();
  assert.equal((await focused(page)).id, 'passphrase_again', 'the dialog begins at its field');
  await page.keyboard.type(PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.locator('#view[data-view=certificates] .certificates').waitFor();
  await toText(page, '返回');
  await page.keyboard.press('Enter');
  await page.locator('#view[data-view=home] button.primary').waitFor();
  return page;
}

test('QR login, on both sides', async () => {
  const phone = await phoneWithCertificate();
  const { page } = await here.open();
  await openPasswordTab(page, here.server);
  await toId(page, 'tab-password');
  await page.keyboard.press('ArrowRight');
  assert.equal((await focused(page)).id, 'tab-sms');
  await page.keyboard.press('ArrowRight');
  assert.equal((await focused(page)).id, 'tab-qr');
  const code = await codeShown(page);
  await toId(page, 'more-time');

  await toText(phone, '扫码登录');
  await phone.keyboard.press('Enter');
  await view(phone, 'scan');
  await typeInto(phone, 'short_code', code);
  await phone.keyboard.press('Enter');
  await view(phone, 'review');
  assert.equal((await focused(phone)).text, '不是我，拒绝', 'the focus begins on refusing');
  await heading(page, '已扫码');
  await phone.keyboard.press('Shift+Tab');
  await phone.keyboard.press('Shift+Tab');
  assert.equal((await focused(phone)).id, 'passphrase');
  await phone.keyboard.type(PASSPHRASE);
  await phone.locator('#view button[type=submit]:not([aria-disabled])').waitFor();
  await phone.keyboard.press('Enter');
  await onAccount(page);
  assert.equal((await session(page, here.server)).method, 'qr');
});

test('a code that is over is renewed without a mouse, and the focus stays with it', async () => {
  const { page } = await here.open();
  await page.goto(`${here.server.origin}/login?tab=qr`);
  await codeShown(page);
  await here.server.advance(301);
  await heading(page, '二维码已过期');
  await toText(page, '刷新二维码');
  await page.keyboard.press('Enter');
  await codeShown(page);
  assert.equal(await page.evaluate(() => document.querySelector('#panel-qr').contains(document.activeElement)), true);
});
