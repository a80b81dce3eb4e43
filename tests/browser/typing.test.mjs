// The manual's questions 1, 2 and 4: what people type by accident, and what the page does about it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { house } from './support/house.mjs';
import { captchaShown, fillPassword, onAccount, openPasswordTab } from './support/pc.mjs';
import { people } from './support/people.mjs';

const { lin, gongsi } = people;
const here = house();

async function opened() {
  const { page } = await here.open();
  await openPasswordTab(page, here.server);
  return page;
}

async function refused(page) {
  await page.locator('#log-in').click();
  await page.locator('#log-in:not([aria-disabled])').waitFor();
  await page.locator('#problem:not([hidden])').waitFor();
  return page.locator('#problem-list').innerText();
}

test('M2: what is strange in a password is named while it is typed, and left as it is', async () => {
  const page = await opened();
  const password = page.locator('#password');
  for (const [typed, said] of [
    ['Demo！2026', '“！”是全角字符，请切换到英文输入法，应为“!”'],
    ['Demo￥2026', '“￥”是中文标点，请切换到英文输入法'],
    ['Demo密码', '“密”不是英文字符，请切换到英文输入法'],
    ['Demo 2026', '密码中有空格，请检查'],
    [lin.password, ''],
  ]) {
    await password.fill(typed);
    assert.equal(await page.locator('#password-width').textContent(), said, typed);
    assert.equal(await password.inputValue(), typed);
  }
  assert.equal(await page.locator('#password-width').getAttribute('role'), 'status');
});

test('M2: an input method at work is told', async () => {
  const page = await opened();
  await page.getByRole('button', { name: '显示密码' }).click();
  await page.locator('#password').focus();
  const session = await page.context().newCDPSession(page);
  await session.send('Input.imeSetComposition', { text: 'mi', selectionStart: 2, selectionEnd: 2 });
  await page.locator('#password-width').getByText('英文输入法').waitFor();
});

test('M8: after a wrong captcha another is there, and everything else stays', async () => {
  const page = await opened();
  await page.getByLabel('企业用户').check();
  await fillPassword(page, here.server, gongsi, { captcha: '!!!!' });
  const used = await page.locator('#captcha_id').inputValue();
  assert.match(await refused(page), /验证码/);
  assert.notEqual(await page.locator('#captcha_id').inputValue(), used);
  assert.equal(await page.locator('#password').inputValue(), gongsi.password);
  assert.equal(await page.locator('#identity_number').inputValue(), gongsi.identity_number);
  assert.ok(await page.getByLabel('企业用户').isChecked());
  await page.locator('#captcha').fill(await captchaShown(page, here.server));
  await page.locator('#log-in').click();
  await onAccount(page);
});

test('M8: a captcha that was left for its whole life is renewed without losing what was typed', async () => {
  const { page } = await here.open();
  await page.clock.install();
  await openPasswordTab(page, here.server);
  await page.locator('#password').fill(lin.password);
  const old = await page.locator('#captcha_id').inputValue();
  await page.clock.fastForward(595_000);
  await page.waitForFunction((before) => document.querySelector('#captcha_id').value !== before, old);
  assert.equal(await page.locator('#password').inputValue(), lin.password);
});

test('M9: a wrong password brings the manual\'s hints, Shift only where no sign was typed', async () => {
  const page = await opened();
  await fillPassword(page, here.server, lin, { password: 'Demo32026lin' });
  const words = await refused(page);
  assert.match(words, /“显示”.*大小写和特殊符号/);
  assert.match(words, /按住 Shift 键/);
  await fillPassword(page, here.server, lin, { password: 'demo#2026lin' });
  assert.doesNotMatch(await refused(page), /Shift/);
});

test('M9: after three failures the reset is offered, seen and said', async () => {
  const page = await opened();
  const offer = page.locator('#reset-offer');
  assert.equal(await offer.getAttribute('role'), 'status');
  for (let failure = 1; failure <= 3; failure++) {
    assert.equal(await offer.textContent(), '', `before failure ${failure}`);
    await fillPassword(page, here.server, lin, { password: `Demo#wrong${failure}` });
    await refused(page);
  }
  assert.ok(await offer.isVisible());
  assert.equal(await offer.getByRole('link', { name: '重置密码' }).getAttribute('href'), '/password/reset');
  await fillPassword(page, here.server, lin);
  await page.locator('#log-in').click();
  await onAccount(page);
});

test('a failure of the network keeps everything and counts as none', async () => {
  const page = await opened();
  await fillPassword(page, here.server, lin);
  await page.route('**/login/password', (route) => route.abort());
  for (let i = 0; i < 3; i++) {
    await page.locator('#captcha').fill('XXXX');
    assert.match(await refused(page), /网络不通/);
  }
  assert.equal(await page.locator('#password').inputValue(), lin.password);
  assert.equal(await page.locator('#reset-offer').textContent(), '');
});
