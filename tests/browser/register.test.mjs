// Registration, personal and corporate (M12), as people do it: number, name, phone, code, password, log in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityFaults } from './support/browser.mjs';
import { codeSentTo, freshCompany, freshPerson, fillApplicant, register, sendCode, step } from './support/codes.mjs';
import { house } from './support/house.mjs';
import { captchaShown, logInByPassword, session } from './support/pc.mjs';
import { people } from './support/people.mjs';

const here = house();

async function opened(options) {
  const { page } = await here.open(options);
  await page.goto(`${here.server.origin}/register`);
  await page.locator('#captcha-picture img').waitFor();
  return page;
}

async function problem(page) {
  await page.locator('#problem:not([hidden])').waitFor();
  return page.locator('#problem-list').innerText();
}

const registered = (page, who) => register(page, here.server, who);

test('M12: a new citizen registers, is told so, and logs in', async () => {
  const page = await opened();
  const who = freshPerson();
  await registered(page, who);
  assert.match(await page.locator('#step-done').innerText(), /注册成功/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'done-title');
  await page.locator('#step-done a').click();
  await page.waitForURL((url) => url.pathname === '/login');
  await logInByPassword(page, here.server, who);
  const { person, method } = await session(page, here.server);
  assert.deepEqual([person.kind, person.level, method], ['personal', 2, 'password'], 'the demo checks real names by itself');
});

test('M12: a company registers with its own number and name', async () => {
  const page = await opened();
  const who = freshCompany();
  await page.getByLabel('企业用户').check();
  assert.equal(await page.locator('#number-label').innerText(), '统一社会信用代码');
  assert.equal(await page.locator('#name-label').innerText(), '企业名称');
  await registered(page, who);
  await logInByPassword(page, here.server, who);
  assert.equal((await session(page, here.server)).person.kind, 'corporate');
});

test('M12: the policy stands there before typing, and each rule is ticked while it is typed', async () => {
  const page = await opened();
  const who = freshPerson();
  await fillApplicant(page, here.server, who);
  await sendCode(page);
  assert.match(await page.locator('#policy').innerText(), /密码必须在8位以上，且必须由字母、数字和特殊字符三种组成/);
  const met = () => page.locator('#rules li[data-met=true]').evaluateAll((items) => items.map((item) => item.dataset.rule));
  assert.deepEqual(await met(), []);
  await page.locator('#password').pressSequentially('abc');
  assert.deepEqual(await met(), ['letter', 'allowed', 'own']);
  await page.locator('#password').pressSequentially('12345');
  assert.deepEqual(await met(), ['length', 'letter', 'digit', 'allowed', 'own']);
  assert.match(await page.locator('#rules-status').textContent(), /还差：有特殊字符/);
  await page.locator('#password').pressSequentially('！');
  assert.match(await page.locator('#password-foreign').innerText(), /不能使用：“！”/);
  assert.match(await page.locator('#password-width').innerText(), /英文输入法/);
  await page.locator('#password').press('Backspace');
  await page.locator('#password').pressSequentially('!');
  assert.equal(await page.locator('#rules li[data-met=false]').count(), 0);
  assert.match(await page.locator('#rules-status').textContent(), /符合要求/);
  await page.locator('#password').fill(`abc!${who.identity_number.slice(6, 14)}`);
  assert.deepEqual(await page.locator('#rules li[data-met=false]').evaluateAll((items) => items.map((item) => item.dataset.rule)), ['own']);
});

test('a common password is refused by the server and the code can still be used', async () => {
  const page = await opened();
  const who = freshPerson();
  await fillApplicant(page, here.server, who);
  await sendCode(page);
  const code = await codeSentTo(here.server, who.phone);
  await page.locator('#code').fill(code);
  await page.locator('#password').fill('Admin@123');
  await page.locator('#finish').click();
  assert.match(await problem(page), /太常见/);
  assert.equal(await page.locator('#password').inputValue(), 'Admin@123', 'what was typed stays');
  assert.equal(await page.locator('#code').inputValue(), code);
  await page.locator('#password').fill(who.password);
  await page.locator('#finish').click();
  await step(page, 'done');
});

test('a wrong code says so, keeps everything, and the right one goes on', async () => {
  const page = await opened();
  const who = freshPerson();
  await fillApplicant(page, here.server, who);
  await sendCode(page);
  const code = await codeSentTo(here.server, who.phone);
  await page.locator('#code').fill(code === '000000' ? '111111' : '000000');
  await page.locator('#password').fill(who.password);
  await page.locator('#finish').click();
  assert.match(await problem(page), /验证码不正确/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'problem');
  assert.equal(await page.locator('#code').getAttribute('aria-invalid'), 'true');
  assert.equal(await page.locator('#password').inputValue(), who.password);
  await page.locator('#code').fill(code);
  await page.locator('#finish').click();
  await step(page, 'done');
});

test('what people type is put right: full-width digits, x, blanks, +86', async () => {
  const page = await opened();
  const who = freshPerson();
  await fillApplicant(page, here.server, who);
  await page.locator('#identity_number').fill(` ${who.identity_number.slice(0, 6)} １９９０${who.identity_number.slice(10)}`);
  await page.locator('#phone').fill(`+86 ${who.phone.slice(0, 3)}-${who.phone.slice(3, 7)}-${who.phone.slice(7)}`);
  await page.locator('#name').fill(`  ${who.name} `);
  await page.locator('#name').blur();
  assert.equal(await page.locator('#identity_number').inputValue(), who.identity_number);
  assert.equal(await page.locator('#phone').inputValue(), who.phone);
  assert.equal(await page.locator('#name').inputValue(), who.name);
  await sendCode(page);
});

test('what is missing is said in one summary that takes the focus, without asking the server', async () => {
  const page = await opened();
  let asked = 0;
  page.on('request', (request) => { asked += request.url().includes('/register/') ? 1 : 0; });
  await page.locator('#send-code').click();
  const words = await problem(page);
  for (const part of ['请输入身份证号', '姓名', '手机号码', '4 个字符']) assert.ok(words.includes(part), `${part}: ${words}`);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'problem');
  assert.equal(asked, 0);
  await page.locator('#problem-list a').nth(2).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'phone');
});

test('a mistyped captcha brings another at once and keeps the rest', async () => {
  const page = await opened();
  const who = freshPerson();
  await fillApplicant(page, here.server, who);
  const used = await page.locator('#captcha_id').inputValue();
  await page.locator('#captcha').fill('!!!!');
  await page.locator('#send-code').click();
  assert.match(await problem(page), /验证码/);
  assert.notEqual(await page.locator('#captcha_id').inputValue(), used);
  assert.equal(await page.locator('#name').inputValue(), who.name);
  assert.equal(await page.locator('#captcha').inputValue(), '');
  await page.locator('#captcha').fill(await captchaShown(page, here.server));
  await sendCode(page);
});

test('another code can be had after a minute; the older one no longer counts', async () => {
  const page = await opened();
  const who = freshPerson();
  await page.clock.install();
  await fillApplicant(page, here.server, who);
  await sendCode(page);
  const first = await codeSentTo(here.server, who.phone);
  assert.match(await page.locator('#resend').innerText(), /（\d+ 秒）/);
  assert.equal(await page.locator('#resend').getAttribute('aria-disabled'), 'true');
  await here.server.advance(61);
  await page.clock.runFor(61_000);
  assert.equal(await page.locator('#resend').innerText(), '重新获取验证码');
  await page.locator('#resend').click();
  await page.locator('#step-who:not([hidden])').waitFor();
  await page.waitForFunction(() => document.activeElement.id === 'captcha');
  assert.equal(await page.locator('#phone').inputValue(), who.phone);
  await page.locator('#captcha').fill(await captchaShown(page, here.server));
  await sendCode(page);
  const second = await codeSentTo(here.server, who.phone);
  assert.notEqual(second, first);
  await page.locator('#password').fill(who.password);
  await page.locator('#code').fill(first);
  await page.locator('#finish').click();
  await problem(page);
  await page.locator('#code').fill(second);
  await page.locator('#finish').click();
  await step(page, 'done');
});

test('a number that is taken looks the same here; its owner gets a text', async () => {
  const page = await opened();
  const who = { ...freshPerson(), identity_number: people.hao.identity_number };
  await fillApplicant(page, here.server, who);
  await sendCode(page);
  const texts = async (phone) => (await fetch(`${here.server.origin}/demo/sms?phone=${phone}`)).json();
  assert.deepEqual(await texts(who.phone), []);
  assert.match((await texts(people.hao.phone))[0].text, /已有账户/);
});

test('by keyboard alone, from the first field to the end', async () => {
  const page = await opened();
  const who = freshPerson();
  await page.locator('#identity_number').focus();
  await page.keyboard.type(who.identity_number);
  await page.keyboard.press('Tab');
  await page.keyboard.type(who.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(who.phone);
  await page.keyboard.press('Tab');
  await page.keyboard.type(await captchaShown(page, here.server));
  await page.keyboard.press('Enter');
  await step(page, 'code');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'step-code-title');
  await page.keyboard.press('Tab');
  await page.keyboard.type(await codeSentTo(here.server, who.phone));
  for (let i = 0; i < 6 && await page.evaluate(() => document.activeElement.id) !== 'password'; i++) await page.keyboard.press('Tab');
  await page.keyboard.type(who.password);
  await page.keyboard.press('Enter');
  await step(page, 'done');
});

for (const locale of ['zh-CN', 'en-US']) {
  test(`${locale}: every step is clean, and no wider than 320 px`, async () => {
    const page = await opened({ locale, viewport: { width: 320, height: 640 } });
    const clean = async (state) => {
      assert.deepEqual(await accessibilityFaults(page), [], state);
      for (const big of [false, true]) {
        await page.evaluate((on) => document.documentElement.classList.toggle('big', on), big);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, `${state}, big ${big}`);
      }
      await page.evaluate(() => document.documentElement.classList.remove('big'));
    };
    const who = freshPerson();
    await clean('empty');
    await page.locator('#send-code').click();
    await clean(`problems: ${await problem(page)}`);
    await fillApplicant(page, here.server, who);
    await sendCode(page);
    await page.locator('#password').fill('abc！');
    await clean('code');
    if (locale === 'en-US') assert.doesNotMatch(await page.locator('main').innerText(), /[\u4e00-\u9fff]/);
    await page.locator('#code').fill(await codeSentTo(here.server, who.phone));
    await page.locator('#password').fill(who.password);
    await page.locator('#finish').click();
    await step(page, 'done');
    await clean('done');
  });
}

test('without JavaScript the page says what to do', async () => {
  const { page } = await here.open({ javaScriptEnabled: false });
  await page.goto(`${here.server.origin}/register`);
  assert.match(await page.locator('main').innerText(), /4000511818/);
});
