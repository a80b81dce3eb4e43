// M3, M10, M11: the login by a code sent by text, as people use it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Demo } from '../outside_client/demo.mjs';
import { until } from '../support/until.mjs';
import { accessibilityFaults } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { onAccount, session } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { askForSms, openSmsTab, smsCaptcha, smsProblem, smsSent, smsSentShown } from './support/sms_tab.mjs';

const { lin, hao, zhao, gongsi } = people;
const nobody = '13911112222';
const here = house();
const demo = () => new Demo(here.server.origin);

async function opened(options) {
  const { page } = await here.open(options);
  await openSmsTab(page, here.server);
  return page;
}

const captchaOf = (page) => smsCaptcha(page, here.server);
const askForCode = (page, phone) => askForSms(page, here.server, phone);
const sent = (page, phone) => smsSent(page, here.server, phone);

const focused = (page) => page.evaluate(() => document.activeElement.id);
// Both clocks, so that a next test may ask for the same phone.
const aMinuteLater = () => here.server.advance(61);

test('M3: the tabs stand in the order of the manual', async () => {
  const page = await opened();
  assert.deepEqual(await page.locator('[role=tab]').allInnerTexts(), ['用户名登录', '手机验证码登录', '二维码登录']);
  assert.equal(await page.locator('#tab-sms').getAttribute('aria-selected'), 'true');
  assert.match(page.url(), /tab=sms/);
});

test('M3: a person of level three gets a code and is in', async () => {
  const page = await opened();
  assert.match(await sent(page, lin.phone), /已发送至 139\*\*\*\*0001/);
  assert.equal(await focused(page), 'sms-code');

  await page.locator('#sms-code').fill(await demo().smsCode(lin.phone));
  await page.locator('#sms-log-in').click();
  await onAccount(page);
  const { method, aal, person } = await session(page, here.server);
  assert.deepEqual([method, aal, person.level, person.kind], ['sms', 1, 3, 'personal']);
  await aMinuteLater();
});

test('M3: a company gets in the same way', async () => {
  const page = await opened();
  await page.getByLabel('企业用户').last().check();
  await sent(page, gongsi.phone);
  await page.locator('#sms-code').fill(await demo().smsCode(gongsi.phone));
  await page.keyboard.press('Enter');
  await onAccount(page);
  assert.equal((await session(page, here.server)).person.kind, 'corporate');
});

test('M3: the whole way by keyboard', async () => {
  const page = await opened();
  await page.locator('#tab-sms').focus();
  await page.keyboard.press('Tab'); // the kind
  await page.keyboard.press('Tab');
  await page.keyboard.type('+86 139-0000 0001');
  await page.keyboard.press('Tab');
  assert.equal(await page.locator('#sms-phone').inputValue(), lin.phone, 'put right before the eyes');
  await page.keyboard.type(await captchaOf(page));
  await page.keyboard.press('Enter');
  await smsSentShown(page);
  await page.keyboard.type(await demo().smsCode(lin.phone));
  await page.keyboard.press('Enter');
  await onAccount(page);
  await aMinuteLater();
});

test('M10, FAQ 5: level two sees the same page, and the phone is told what is missing', async () => {
  const page = await opened();
  const other = await opened();
  const shown = (await sent(page, hao.phone)).replace('0002', '');
  assert.equal((await sent(other, nobody)).replace('2222', '').replace('139', ''), shown.replace('139', ''));
  const [text] = await demo().texts(hao.phone);
  assert.match(text.text, /您用户等级不符合要求，请先登录“北京残联”微信小程序刷脸认证提升等级/);
  assert.deepEqual(await demo().texts(nobody), []);
  assert.match(await page.locator('.sms-rules').innerText(), /刷脸认证提升等级[^]*只能绑定一个身份证号码[^]*更换手机号/);
  await aMinuteLater();
});

test('M10, FAQ 5: a phone of two people is told how to separate them', async () => {
  const page = await opened();
  await sent(page, zhao.phone);
  const [text] = await demo().texts(zhao.phone);
  assert.match(text.text, /绑定了多个身份证号码[^]*更换手机号/);

  await page.locator('#sms-code').fill('123456');
  await page.locator('#sms-log-in').click();
  assert.match(await smsProblem(page), /提示短信/);
});

test('M3: a wrong code keeps what was typed, another captcha is there, the right one still works', async () => {
  const page = await opened();
  await sent(page, lin.phone);
  const code = await demo().smsCode(lin.phone);
  await page.locator('#sms-code').fill(code === '000000' ? '000001' : '000000');
  await page.locator('#sms-log-in').click();
  await smsProblem(page);
  assert.equal(await focused(page), 'sms-problem');
  assert.match(await page.title(), /^错误：/);
  assert.equal(await page.locator('#sms-phone').inputValue(), lin.phone);
  await page.locator('#sms-captcha-picture img').waitFor();

  await page.locator('#sms-code').fill(code);
  await page.locator('#sms-log-in').click();
  await onAccount(page);
  await aMinuteLater();
});

test('FAQ 1: a wrong captcha costs no wait and brings another picture', async () => {
  const page = await opened();
  const used = await page.locator('#sms-captcha_id').inputValue();
  await page.locator('#sms-phone').fill(lin.phone);
  await page.locator('#sms-captcha').fill('----');
  await page.locator('#sms-send').click();
  await smsProblem(page);
  assert.equal(await page.locator('#sms-captcha').inputValue(), '');
  assert.notEqual(await page.locator('#sms-captcha_id').inputValue(), used);
  await sent(page, lin.phone);
  await aMinuteLater();
});

test('a whole message, pasted, becomes its six digits', async () => {
  const page = await opened();
  await page.locator('#sms-code').fill('【北京残联】048213 是您登录的验证码，5分钟内有效。如有疑问请拨打4000511818。');
  assert.equal(await page.locator('#sms-code').inputValue(), '048213');
});

test('M11, FAQ 7: the button counts a minute down, then says what to do when nothing came', async () => {
  const page = await opened();
  await sent(page, lin.phone);
  const button = page.locator('#sms-send');
  assert.match(await button.innerText(), /^(60|59) 秒/);
  assert.equal(await button.getAttribute('aria-disabled'), 'true');
  assert.equal(await button.isDisabled() && (await button.getAttribute('disabled')) !== null, false, 'it keeps the focus');
  const announced = await page.locator('#sms-status').textContent();
  assert.match(announced, /短信已发送至 139\*\*\*\*0001/);
  assert.equal(await page.locator('#sms-nothing').isVisible(), false);

  await page.clock.fastForward(30_000);
  assert.match(await button.innerText(), /^(30|29) 秒/);
  assert.equal(await page.locator('#sms-status').textContent(), announced, 'announced at the start and the end only');

  await page.clock.fastForward(31_000);
  assert.equal(await button.innerText(), '重新获取验证码');
  assert.equal(await button.getAttribute('aria-disabled'), null);
  assert.equal(await page.locator('#sms-status').textContent(), '现在可以重新获取验证码');
  const help = await page.locator('#sms-nothing').innerText();
  assert.match(help, /139\*\*\*\*0001[^]*短信拦截[^]*信号[^]*二维码登录[^]*4000511818/);
  assert.deepEqual(await accessibilityFaults(page), []);
  await aMinuteLater();
});

test('M11: the wait survives a reload, and the server says it too', async () => {
  const page = await opened();
  await sent(page, lin.phone);
  await page.reload();
  await page.locator('#sms-send[aria-disabled=true]').waitFor();
  assert.match(await page.locator('#sms-sent').innerText(), /139\*\*\*\*0001/);

  const other = await opened();
  await askForCode(other, lin.phone);
  assert.match(await smsProblem(other), /请在 \d+ 秒后再试/);
  assert.notEqual(await other.locator('#sms-captcha').inputValue(), '', 'the captcha was not used up');
  assert.equal(await other.locator('#sms-send').getAttribute('aria-disabled'), 'true', 'the button waits as the server says');
  await aMinuteLater();
});

test('every mistake that can be seen is named before anything is sent', async () => {
  const page = await opened();
  await page.locator('#sms-send').click();
  assert.match(await smsProblem(page), /请输入手机号码[^]*4 个字符/);
  await page.locator('#sms-phone').fill('1390000000');
  await page.locator('#sms-log-in').click();
  await until('the other words', async () => /以 1 开头[^]*6 位数字/.test(await page.locator('#sms-problem-list').innerText()));
});

for (const [locale, lang] of [['zh-CN', 'zh-CN'], ['en-US', 'en']]) {
  test(`${lang}: the tab is accessible, empty, with errors, with a code on its way, and 320 px wide`, async () => {
    const page = await opened({ locale });
    assert.equal(await page.locator('html').getAttribute('lang'), lang);
    assert.deepEqual(await accessibilityFaults(page), [], 'empty');
    await page.locator('#sms-log-in').click();
    await smsProblem(page);
    assert.deepEqual(await accessibilityFaults(page), [], 'errors');
    await sent(page, nobody);
    assert.deepEqual(await accessibilityFaults(page), [], 'sent');
    for (const big of [false, true]) {
      await page.setViewportSize({ width: 320, height: 640 });
      await page.evaluate((on) => document.documentElement.classList.toggle('big', on), big);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 320, `${wide} px wide, large text ${big}`);
    }
    await aMinuteLater();
  });
}
