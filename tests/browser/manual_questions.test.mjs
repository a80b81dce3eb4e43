// The manual's second part, 常见问题: what somebody meets, what the page says, and how it ends well. M8 to M11 and each
// question by its number; docs/manual.md tells them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Demo } from '../outside_client/demo.mjs';
import { metricSum } from '../support/metrics.mjs';
import { until } from '../support/until.mjs';
import { codeAndPassword, codeSentTo, fillOwner, freshPerson, problemShown, sendCode, step } from './support/codes.mjs';
import { importPeople } from './support/commands.mjs';
import { house } from './support/house.mjs';
import { captchaShown, fillPassword, logInByPassword, onAccount, openPasswordTab, session } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { logInOnPhone, newestCode, PHONE } from './support/phone_page.mjs';
import { PC_SIZE, picture } from './support/pictures.mjs';
import { passFaceCheck } from './support/proofing_page.mjs';
import { askForSms, logInBySms, openSmsTab, smsProblem, smsSent } from './support/sms_tab.mjs';

const { lin, hao, zhao, qian, gongsi } = people;
const here = house();
const demo = () => new Demo(here.server.origin);

async function loginPage(options = PC_SIZE) {
  const { page } = await here.open(options);
  await openPasswordTab(page, here.server);
  return page;
}

async function smsTab() {
  const { page } = await here.open(PC_SIZE);
  await openSmsTab(page, here.server);
  return page;
}

async function refused(page) {
  await page.locator('#log-in').click();
  await page.locator('#log-in:not([aria-disabled])').waitFor();
  return problemShown(page);
}

test('M8 after every failure a fresh captcha is there, what was typed is kept, and going back shows no stale one', async () => {
  const page = await loginPage();
  const seen = new Set([await page.locator('#captcha_id').inputValue()]);
  for (const changed of [{ captcha: '!!!!' }, { password: 'Demo#2026nil' }]) {
    await fillPassword(page, here.server, lin, changed);
    await refused(page);
    seen.add(await page.locator('#captcha_id').inputValue());
    assert.equal(await page.locator('#identity_number').inputValue(), lin.identity_number);
    assert.equal(await page.locator('#password').inputValue(), changed.password ?? lin.password);
    assert.equal(await page.locator('#captcha').inputValue(), '');
  }
  await page.goto(`${here.server.origin}/register`);
  await page.goBack();
  await page.locator('#captcha-picture img').waitFor();
  seen.add(await page.locator('#captcha_id').inputValue());
  assert.equal(seen.size, 4, 'four different captchas');
  await fillPassword(page, here.server, lin);
  await page.locator('#log-in').click();
  await onAccount(page);
});

test('M9 the password while it is typed: shown at a press, capitals lock, full-width and Chinese characters named', async () => {
  const page = await loginPage();
  const password = page.locator('#password');
  await password.evaluate((input) => input.dispatchEvent(new KeyboardEvent('keydown', { key: 'A', modifierCapsLock: true })));
  assert.match(await page.locator('#password-caps').innerText(), /大写锁定已打开/);
  await password.evaluate((input) => input.dispatchEvent(new KeyboardEvent('keyup', { key: 'a' })));
  await page.getByRole('button', { name: '显示密码' }).click();
  await fillPassword(page, here.server, lin, { password: 'Demo！2026lin', captcha: '' });
  assert.match(await page.locator('#password-width').innerText(), /“！”是全角字符，请切换到英文输入法，应为“!”/);
  await picture(page, 'password-hint');
  await password.fill('Demo密码');
  assert.match(await page.locator('#password-width').innerText(), /“密”不是英文字符/);
  assert.equal(await password.inputValue(), 'Demo密码', 'never rewritten');
});

test('M10 two people with one phone: each page says so, and with another number both log in by text', async () => {
  const asked = await smsTab();
  await smsSent(asked, here.server, zhao.phone);
  assert.match((await demo().texts(zhao.phone))[0].text, /绑定了多个身份证号码[^]*用密码登录后在“我的账户”中更换手机号/);

  const { page } = await here.open(PC_SIZE);
  await logInByPassword(page, here.server, zhao);
  await page.locator('#phone-now').getByText('绑定了多个身份证号码').first().waitFor();
  await here.server.advance(61);
  await page.locator('#new_phone').fill('13900000066');
  await page.locator('#phone-form').getByRole('button', { name: '发送验证码' }).click();
  await page.locator('#old_code').waitFor();
  await page.locator('#old_code').fill(await codeSentTo(here.server, zhao.phone));
  await page.locator('#new_code').fill(await codeSentTo(here.server, '13900000066'));
  await page.locator('#phone-form button.primary').click();
  await until('the new number', async () => (await page.locator('#status').textContent()).includes('手机号已更换'));

  await here.server.advance(61);
  for (const phone of ['13900000066', qian.phone]) await logInBySms(await smsTab(), here.server, phone);
});

test('M11 the page says whether it was sent, when again and what to check; the operator sees what was handed over', async () => {
  const counted = () => metricSum(here.server, /^qrgate_sms_total\{result="sent"\}/);
  const before = await counted();
  const page = await smsTab();
  await page.locator('#panel-sms').getByLabel('企业用户').check();
  assert.match(await smsSent(page, here.server, gongsi.phone), /已发送至 139\*\*\*\*0005，验证码 5 分钟内有效/);
  await until('the text in the metrics', async () => await counted() === before + 1);
  assert.match(await page.locator('#sms-send').innerText(), /秒后可重新获取/);
  const other = await smsTab();
  await other.locator('#panel-sms').getByLabel('企业用户').check();
  await askForSms(other, here.server, gongsi.phone);
  assert.match(await smsProblem(other), /请在 \d+ 秒后再试/, 'the same wait from another browser');
  await page.clock.fastForward(61_000);
  assert.match(await page.locator('#sms-nothing').innerText(), /短信拦截[^]*信号/);
});

test('FAQ 1 “验证码错误” again and again: another picture at once; and an old browser mode without scripts logs in too', async () => {
  const page = await loginPage();
  for (let i = 0; i < 2; i++) {
    const used = await page.locator('#captcha_id').inputValue();
    await fillPassword(page, here.server, lin, { captcha: '!!!!' });
    assert.match(await refused(page), /验证码/);
    assert.notEqual(await page.locator('#captcha_id').inputValue(), used);
  }
  await page.locator('#captcha').fill(await captchaShown(page, here.server));
  await page.locator('#log-in').click();
  await onAccount(page);

  const { page: old } = await here.open({ javaScriptEnabled: false });
  const drawn = old.waitForResponse((answer) => answer.url().endsWith('/login/captcha.png'));
  await old.goto(`${here.server.origin}/login`);
  assert.match((await drawn).headers()['cache-control'], /no-store/);
  const newest = await old.context().request.get(`${here.server.origin}/demo/captcha/newest`);
  await fillPassword(old, here.server, lin, { captcha: (await newest.json()).answer });
  await old.locator('#log-in').click();
  await old.waitForURL((url) => url.pathname === '/account');
});

test('FAQ 2 “用户名或密码错误”: look at the password; after three times the reset is offered, and it ends well', async () => {
  const page = await loginPage();
  for (let failure = 1; failure <= 3; failure++) {
    await fillPassword(page, here.server, gongsi, { password: `Demo#wrong${failure}` });
    assert.match(await refused(page), /用户名或密码错误[^]*“显示”.*大小写和特殊符号/);
  }
  await page.getByRole('button', { name: '显示密码' }).click();
  assert.equal(await page.locator('#password').getAttribute('type'), 'text');
  await page.locator('#reset-offer').getByRole('link', { name: '重置密码' }).click();
  await page.waitForURL((url) => url.pathname === '/password/reset');
  await fillOwner(page, here.server, gongsi);
  await here.server.advance(61);
  await sendCode(page);
  await codeAndPassword(page, here.server, gongsi.phone, 'Reise#2026x');
  await step(page, 'done');
  await logInByPassword(page, here.server, { ...gongsi, password: 'Reise#2026x' });
});

test('FAQ 3 “密码强度不符合要求”: the page leads to the reset, says the rules, and the new password logs in', async () => {
  const { identity_number, phone, name } = freshPerson();
  const old = '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc'; // of "password"
  await importPeople(here.server, [{ kind: 'personal', number: identity_number, name, phone, level: 2, evidence: 'register 2020', password_hash: old }]);
  const who = { kind: 'personal', identity_number };
  const page = await loginPage();
  await fillPassword(page, here.server, { ...who, password: 'password' });
  assert.match(await refused(page), /密码强度不符合要求/);
  await picture(page, 'weak-password');
  await page.getByRole('link', { name: '现在用登记的手机重置密码' }).click();
  await step(page, 'ticket');
  assert.match(await page.locator('#step-ticket').innerText(), /您的密码正确，但已不符合现在的规则/);
  await page.locator('#send-with-ticket').click();
  await step(page, 'code');
  assert.match(await page.locator('#policy').innerText(), /密码必须在8位以上，且必须由字母、数字和特殊字符三种组成/);
  await codeAndPassword(page, here.server, phone, 'Reise#2026x');
  await step(page, 'done');
  await logInByPassword(page, here.server, { ...who, password: 'Reise#2026x' });
});

test('FAQ 4 typed without Shift: the reset names the missing sign, and the login says to hold Shift', async () => {
  const { page } = await here.open(PC_SIZE);
  await page.goto(`${here.server.origin}/password/reset`);
  await fillOwner(page, here.server, lin);
  await sendCode(page);
  await codeAndPassword(page, here.server, lin.phone, 'Reise32026x');
  assert.match(await problemShown(page), /密码强度不符合要求[^]*特殊字符[^]*按住 shift 键/);
  await page.getByRole('button', { name: '显示密码' }).click();
  await picture(page, 'reset-rules', page.locator('#step-code'));
  await page.locator('#password').fill('Reise#2026x');
  await page.locator('#finish').click();
  await step(page, 'done');

  await openPasswordTab(page, here.server);
  await fillPassword(page, here.server, lin, { password: 'Reise32026x' });
  assert.match(await refused(page), /密码中没有特殊字符[^]*按住 Shift 键/);
  await fillPassword(page, here.server, lin, { password: 'Reise#2026x' });
  await page.locator('#log-in').click();
  await onAccount(page);
});

test('FAQ 5 “您用户等级不符合要求”: the text says it, the face check raises the level, and the code logs in', async () => {
  const page = await smsTab();
  await smsSent(page, here.server, hao.phone);
  assert.match((await demo().texts(hao.phone))[0].text, /您用户等级不符合要求，请先登录“北京残联”微信小程序刷脸认证提升等级/);
  assert.match(await page.locator('.sms-rules').innerText(), /只能绑定一个身份证号码/);

  const { page: phone } = await here.open(PHONE);
  await phone.goto(`${here.server.origin}/phone`);
  await logInOnPhone(phone, hao);
  await passFaceCheck(phone);

  await here.server.advance(61);
  await logInBySms(await smsTab(), here.server, hao.phone);
});

test('FAQ 7 no text came: the page lists what to check, and after a minute another code logs in', async () => {
  const { phone } = lin;
  await here.server.advance(61);
  const page = await smsTab();
  await smsSent(page, here.server, phone);
  const lost = await newestCode(here.server, phone);
  await here.server.advance(61);
  await page.clock.fastForward(61_000);
  assert.match(await page.locator('#sms-nothing').innerText(), /核对[^]*短信拦截[^]*信号和网络[^]*重新获取[^]*更换手机号码，或拨打 4000511818/);
  await picture(page, 'sms-nothing', page.locator('#sms-send'));
  await page.locator('#sms-captcha').fill(await here.server.captchaAnswer(await page.locator('#sms-captcha_id').inputValue()));
  await page.getByRole('button', { name: '重新获取验证码' }).click();
  const code = await until('another text', async () => {
    const newest = await newestCode(here.server, phone);
    return newest === lost ? '' : newest;
  });
  await page.locator('#sms-code').fill(code);
  await page.locator('#sms-log-in').click();
  await onAccount(page);
  assert.equal((await session(page, here.server)).method, 'sms');
});
