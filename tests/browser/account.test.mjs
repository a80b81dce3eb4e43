// The account page: level, certificates, history with "this was not me", password, phone number, display.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import { readyPhone } from '../support/phone.mjs';
import { accessibilityFaults } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { fillPassword, logInByPassword, onAccount, openPasswordTab, session } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { logInOnPhone, newestCode, PHONE, view } from './support/phone_page.mjs';

const { lin, hao, zhao, qian, gongsi } = people;
const here = house();
const NEW_PASSWORD = 'Neu%2026lin';
const NEW_PHONE = '13900000088';

async function loggedIn(person, options) {
  const { page, context } = await here.open(options);
  await logInByPassword(page, here.server, person);
  await page.locator('#logins li').first().waitFor();
  return { page, context };
}

const ended = (page) => page.getByRole('heading', { name: '您的登录已结束' }).waitFor();
const status = (page, words) => until(words, async () => (await page.locator('#status').textContent()).includes(words));

// Texts of the demo are 60 s apart.
async function codesOfChange(page, old_phone, new_phone) {
  await here.server.advance(61);
  const [old_before, new_before] = [await newestCode(here.server, old_phone), await newestCode(here.server, new_phone)];
  await page.locator('#new_phone').fill(new_phone);
  await page.locator('#phone-form button.primary').click();
  await page.locator('#old_code').waitFor();
  const fresh = (number, before) => until(`a text to ${number}`, async () => {
    const code = await newestCode(here.server, number);
    return code === before ? '' : code;
  });
  return [await fresh(old_phone, old_before), await fresh(new_phone, new_before)];
}

test('the history shows both browsers; 这不是我 on one is noticed by its page at once, without reloading', async () => {
  const thief = await loggedIn(lin);
  await thief.page.evaluate(() => (window.stays = true));
  const { page } = await loggedIn(lin);
  const rows = page.locator('#logins li');
  await until('two logins in the history', async () => (await rows.count()) >= 2);
  assert.match(await rows.nth(0).innerText(), /本次登录/);
  assert.match(await rows.nth(1).innerText(), /用户名登录[\s\S]*Chrome on [\s\S]*(?:127\.0\.0\.1|::1)[\s\S]*登录中/);
  await rows.nth(1).getByRole('button', { name: /不是我/ }).click();
  await ended(thief.page);
  assert.equal(await thief.page.evaluate(() => window.stays), true, 'the page was not loaded again');
  assert.ok(!(await thief.page.locator('main').innerText()).includes('139'), 'nothing of the account is left on it');
  assert.equal(await session(thief.page, here.server), undefined);
  assert.match(await page.locator('#undone').innerText(), /已退出[\s\S]*修改密码/);
  assert.match(await rows.nth(1).innerText(), /已按“不是我”结束/);
  await page.keyboard.press('Enter'); // the focus is on 去修改密码
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'old_password');
  await thief.page.getByRole('link', { name: '重新登录' }).click();
  await thief.page.waitForURL((url) => url.pathname === '/login');
});

test('a login that was refused is in the history with its reason', async () => {
  const other = await here.open();
  await openPasswordTab(other.page, here.server);
  await fillPassword(other.page, here.server, lin, { password: 'Wrong#2026' });
  await other.page.locator('#log-in').click();
  await other.page.locator('#problem-list li').first().waitFor();
  const { page } = await loggedIn(lin);
  assert.match(await page.locator('#logins').innerText(), /未成功：用户名或密码错误/);
});

test('不是我 on the phone page ends the login on the PC at once', async () => {
  const pc = await loggedIn(gongsi);
  const { page } = await here.open(PHONE);
  await page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(page, gongsi);
  await view(page, 'home');
  await page.getByRole('button', { name: '电脑上的登录' }).click();
  await page.getByRole('button', { name: /不是我/ }).first().click();
  await page.getByText('那台电脑已退出您的账户').first().waitFor();
  await ended(pc.page);
});

test('level, what each way of logging in needs, and how to raise the level', async () => {
  const { page } = await loggedIn(hao);
  const shown = await page.locator('#level').innerText();
  for (const words of ['L2', '用户名登录：可以使用', '等级不符合要求', '如何提升等级', '刷脸认证', '服务窗口']) {
    assert.ok(shown.includes(words), `${words}: ${shown}`);
  }
});

test('a certificate is deleted from the PC after one question', async () => {
  const phone = await readyPhone(here.server, lin);
  const { page } = await loggedIn(lin);
  const row = page.locator('#certificates li').filter({ hasText: phone.certificate.serial.slice(-6) });
  await row.getByRole('button', { name: /^删除证书/ }).click();
  await row.getByRole('button', { name: '不删除' }).click();
  await row.getByRole('button', { name: /^删除证书/ }).click();
  await row.getByRole('button', { name: '确定删除' }).click();
  await status(page, '证书已删除');
  assert.equal(await row.count(), 0);
});

test('a new password: rules in words, wrong old one, then it ends the other PC and the phone', async () => {
  const phone = await readyPhone(here.server, lin);
  const other = await loggedIn(lin);
  const { page } = await loggedIn(lin);
  const change = async (old_password, new_password) => {
    await page.locator('#old_password').fill(old_password);
    await page.locator('#new_password').fill(new_password);
    await page.locator('#password-form button.primary').click();
  };
  const problem = (id, words) => until(words, async () => (await page.locator(`#${id}-problem`).textContent()).includes(words));
  await page.locator('#new_password').pressSequentially('abcdefg');
  const met = () => page.locator('.rules li[data-met=true]').evaluateAll((rows) => rows.map((row) => row.dataset.rule));
  assert.deepEqual(await met(), ['letter', 'allowed']);
  await page.locator('#new_password').pressSequentially('1!');
  assert.deepEqual(await met(), ['length', 'letter', 'digit', 'special', 'allowed']);
  await change(lin.password, 'abcdefgh');
  await problem('new_password', '数字');
  await change('Wrong#2026', NEW_PASSWORD);
  await problem('old_password', '原密码不正确');
  assert.equal(await page.locator('#new_password').inputValue(), NEW_PASSWORD, 'what was typed is kept');
  await change(lin.password, NEW_PASSWORD);
  await status(page, '密码已修改');
  await ended(other.page);
  assert.equal((await phone.call('GET', '/me')).status, 401);
  await page.reload();
  await onAccount(page);
  const fresh = await here.open();
  await logInByPassword(fresh.page, here.server, { ...lin, password: NEW_PASSWORD });
  // Back, for the tests after this one.
  await page.locator('#logins li').first().waitFor();
  await change(NEW_PASSWORD, lin.password);
  await status(page, '密码已修改');
});

test('another phone number, with a code from the old one and from the new one', async () => {
  const { page } = await loggedIn(lin);
  const [old_code, new_code] = await codesOfChange(page, lin.phone, NEW_PHONE);
  await page.locator('#old_code').fill(old_code === '000000' ? '000001' : '000000');
  await page.locator('#new_code').fill(new_code);
  await page.locator('#phone-form button.primary').click();
  await page.locator('#phone-form .summary').filter({ hasText: '验证码不正确' }).waitFor();
  await page.locator('#old_code').fill(old_code);
  await page.locator('#phone-form button.primary').click();
  await status(page, '手机号已更换');
  assert.match(await page.locator('#phone-now').innerText(), /139\*\*\*\*0088/);
  const texts = await (await fetch(`${here.server.origin}/demo/sms?phone=${lin.phone}`)).json();
  assert.match(texts[0].text, /手机号刚刚被更换/);
});

test('a number that several people have is taken with the warning of the manual', async () => {
  const { page } = await loggedIn(gongsi);
  await page.close();
  const shared = await loggedIn(zhao);
  assert.match(await shared.page.locator('#phone-now').innerText(), /绑定了多个身份证号码/);
  assert.match(await shared.page.locator('#level').innerText(), /绑定了多个身份证号码/);
  const [old_code, new_code] = await codesOfChange(shared.page, zhao.phone, '13900000066');
  await shared.page.locator('#old_code').fill(old_code);
  await shared.page.locator('#new_code').fill(new_code);
  await shared.page.locator('#phone-form button.primary').click();
  await status(shared.page, '手机号已更换');
  assert.doesNotMatch(await shared.page.locator('#level').innerText(), /绑定了多个身份证号码/);
  const alone = await loggedIn(qian);
  assert.doesNotMatch(await alone.page.locator('#phone-now').innerText(), /绑定了多个身份证号码/);
});

test('who has no old phone finds the way by proofing and by the desk', async () => {
  const { page } = await loggedIn(lin);
  await page.getByText('原手机号已不能使用？').click();
  const help = await page.locator('#phone-help').innerText();
  for (const words of ['刷脸认证', '服务窗口', '4000511818']) assert.ok(help.includes(words), help);
});

test('display choices follow the account to a fresh browser, and the next page is right already', async () => {
  const { page } = await loggedIn(qian);
  await page.getByLabel(/大字简易模式/).check();
  await page.getByLabel('高对比').check();
  await page.locator('#pref-language-en').check();
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('heading', { name: 'My account' }).waitFor();

  const fresh = await here.open();
  await logInByPassword(fresh.page, here.server, qian);
  await fresh.page.getByRole('heading', { name: 'My account' }).waitFor();
  await until('large text', () => fresh.page.evaluate(() => document.documentElement.matches('.big.contrast')));
  await fresh.page.goto(`${here.server.origin}/login`);
  assert.equal(await fresh.page.evaluate(() => document.documentElement.lang), 'en');
  assert.ok(await fresh.page.evaluate(() => document.documentElement.matches('.big.contrast')));

  await fresh.page.goto(`${here.server.origin}/account`);
  await fresh.page.locator('#logins li').first().waitFor();
  const told = fresh.page.waitForResponse((answer) => answer.request().method() === 'PUT');
  await fresh.page.locator('#toggle-contrast').click();
  assert.equal((await told).status(), 204, 'the button of the head is told to the account');
  const phone = await here.open(PHONE);
  await phone.page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(phone.page, qian);
  await view(phone.page, 'home');
  await until('large text on the phone', () => phone.page.evaluate(() => document.documentElement.matches('.big:not(.contrast)')));
});

test('the whole page by keyboard: a password is changed without a mouse', async () => {
  const { page } = await loggedIn(gongsi);
  await page.locator('.contents a[href="#password-title"]').focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'password-title');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'old_password');
  await page.keyboard.type('Wrong#2026');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'new_password');
  await page.keyboard.type(NEW_PASSWORD);
  await page.keyboard.press('Enter');
  await until('the summary', () => page.evaluate(() => document.activeElement?.matches('#password-form .summary')));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'old_password', 'the summary leads to the field');
});

for (const language of ['zh', 'en']) {
  test(`axe finds nothing, and 320 px are enough even in large text (${language})`, async () => {
    const { page } = await loggedIn(hao, { viewport: { width: 320, height: 640 } });
    await page.goto(`${here.server.origin}/account?lang=${language}`);
    await page.locator('#logins li').first().waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.locator('#toggle-big').click();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, 'nothing to scroll sideways');
    const small = await page.evaluate(() => [...document.querySelectorAll('main button, main summary, main .choice, main .contents a')]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 59.5).map((one) => one.textContent));
    assert.deepEqual(small, [], 'targets of 60 px');
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.locator('#toggle-big').click();
  });
}
