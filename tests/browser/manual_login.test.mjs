// The manual's first part, as a citizen goes through it: the login page, the three ways to log in, the account before
// them (register, forgotten password, people of the other platform). M1 to M4, M7, M12, M13; docs/manual.md tells them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Demo } from '../outside_client/demo.mjs';
import { printed } from '../support/command.mjs';
import { codeAndPassword, fillOwner, freshCompany, freshPerson, problemShown, register, sendCode, step } from './support/codes.mjs';
import { importPeople } from './support/commands.mjs';
import { house } from './support/house.mjs';
import { captchaShown, codeShown, fillPassword, heading, logInByPassword, newCode, onAccount, openPasswordTab, openQrTab, qrContent, session } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { confirm, deny, goHome, readyPhonePage, typeCode, view } from './support/phone_page.mjs';
import { PC_SIZE, PHONE_SIZE, picture } from './support/pictures.mjs';
import { logInBySms, openSmsTab, smsProblem, smsSent } from './support/sms_tab.mjs';

const { lin, hao, zhao, sun } = people;
const NEW = 'Reise#2026x';
const here = house();
const texts = (phone) => new Demo(here.server.origin).texts(phone);

async function loginPage() {
  const { page } = await here.open(PC_SIZE);
  await openPasswordTab(page, here.server);
  return page;
}

test('M1 the login page has everything of the manual’s picture, and each thing works', async () => {
  const page = await loginPage();
  assert.equal(await page.locator('h1').innerText(), '用户登录');
  assert.deepEqual(await page.locator('[role=tab]').allInnerTexts(), ['用户名登录', '手机验证码登录', '二维码登录']);
  assert.ok(await page.getByLabel('个人用户').isChecked());
  assert.equal(await page.locator('#number-label').innerText(), '身份证号');
  await page.getByLabel('企业用户').check();
  assert.equal(await page.locator('#number-label').innerText(), '统一社会信用代码');
  await page.getByLabel('个人用户').check();
  assert.equal(await page.getByPlaceholder('请输入18位身份证号').count(), 1);
  assert.match(await page.locator('body').innerText(), /4000511818/);
  assert.match(await page.locator('.unified').innerText(), /采用统一用户管理.*请使用同样账号密码登录/);
  await fillPassword(page, here.server, lin);
  await picture(page, 'login-password');

  const password = page.locator('#password');
  await page.getByRole('button', { name: '显示密码' }).click();
  assert.equal(await password.getAttribute('type'), 'text');
  await page.getByRole('button', { name: '隐藏密码' }).click();
  assert.equal(await password.getAttribute('type'), 'password');

  const old = await page.locator('#captcha_id').inputValue();
  await page.locator('#captcha-picture').click();
  await page.waitForFunction((before) => document.querySelector('#captcha_id').value !== before, old);
  for (const [link, place] of [['忘记密码？', '/password/reset'], ['注册', '/register']]) {
    await page.getByRole('link', { name: link, exact: true }).click();
    await page.waitForURL((url) => url.pathname === place);
    await page.goBack();
    await page.locator('#captcha-picture img').waitFor();
  }
  await page.getByRole('tab', { name: '手机验证码登录' }).click();
  await page.locator('#sms-phone').waitFor();
  await page.getByRole('tab', { name: '二维码登录' }).click();
  await codeShown(page);
  await page.getByRole('tab', { name: '用户名登录' }).click();
  await fillPassword(page, here.server, lin);
  await page.locator('#captcha').fill((await captchaShown(page, here.server)).toLowerCase());
  await page.locator('#log-in').click();
  await onAccount(page);
});

test('M2 number and password: a small x, full-width digits and blanks are put right, foreign characters are named', async () => {
  const page = await loginPage();
  await fillPassword(page, here.server, hao, { identity_number: ' １１０１０１ 19000101 009x', password: hao.password.replace('@', '＠') });
  await page.locator('#identity_number').blur();
  assert.equal(await page.locator('#identity_number').inputValue(), hao.identity_number);
  assert.match(await page.locator('#password-width').innerText(), /“＠”是全角字符，请切换到英文输入法，应为“@”/);
  await page.locator('#password').fill('Demo￥2026');
  assert.match(await page.locator('#password-width').innerText(), /“￥”是中文标点，请切换到英文输入法/);
  await page.locator('#password').fill(hao.password);
  assert.equal(await page.locator('#password-width').innerText(), '');
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await onAccount(page);
  assert.equal((await session(page, here.server)).method, 'password');
});

test('M3 by a code sent by text: lin is in; hao and zhao are told why not, and only by their own phones', async () => {
  const { page } = await here.open(PC_SIZE);
  await openSmsTab(page, here.server);
  const shown = await smsSent(page, here.server, lin.phone);
  await page.locator('#sms-code').fill(await new Demo(here.server.origin).smsCode(lin.phone));
  await picture(page, 'login-sms', page.locator('#panel-sms'));
  await page.locator('#sms-log-in').click();
  await onAccount(page);
  assert.equal((await session(page, here.server)).method, 'sms');

  const anyone = (words, phone) => words.replace(`${phone.slice(0, 3)}****${phone.slice(-4)}`, '…');
  for (const [who, told] of [[hao, /您用户等级不符合要求，请先登录“北京残联”微信小程序刷脸认证提升等级/], [zhao, /绑定了多个身份证号码/]]) {
    const { page: other } = await here.open();
    await openSmsTab(other, here.server);
    assert.equal(anyone(await smsSent(other, here.server, who.phone), who.phone), anyone(shown, lin.phone), 'the page says nothing more');
    const [{ text }] = await texts(who.phone);
    assert.match(text, told);
    assert.doesNotMatch(text, /\d{6} 是您/);
    await other.locator('#sms-code').fill('123456');
    await other.locator('#sms-log-in').click();
    assert.doesNotMatch(await smsProblem(other), told);
  }
});

test('M4 by QR code: refused once with 不是我; scanned again, the passphrase on the phone, and the PC is in', async () => {
  const { page: phone } = await here.open(PHONE_SIZE);
  await here.server.advance(61);
  await readyPhonePage(phone, here.server, lin);
  await phone.getByRole('button', { name: '扫码登录' }).waitFor();
  const { page: pc } = await here.open(PC_SIZE);
  await openQrTab(pc, here.server);
  await picture(pc, 'login-qr');
  const first = await codeShown(pc);
  await phone.goto(await qrContent(pc));
  await deny(phone);
  await phone.getByText('已拒绝，电脑没有登录').waitFor();
  await heading(pc, '您已在手机上取消');
  await newCode(pc, first);
  assert.equal(await session(pc, here.server), undefined);
  await phone.goto(await qrContent(pc));
  await view(phone, 'review');
  await heading(pc, '已扫码');
  assert.match(await phone.locator('#view').innerText(), /要在这台电脑上登录吗？[^]*工作人员不会让您扫码/);
  await picture(phone, 'phone-confirm');
  await confirm(phone);
  await onAccount(pc);
  await phone.getByText('电脑已登录').waitFor();
  assert.equal((await session(pc, here.server)).method, 'qr');
});

test('M4 without a camera and without hurry: the eight characters are typed on the phone, with four times the time', async () => {
  const { page: phone } = await here.open(PHONE_SIZE);
  await here.server.advance(61);
  await readyPhonePage(phone, here.server, lin);
  const { page: pc } = await here.open(PC_SIZE);
  await openQrTab(pc, here.server);
  const short = await codeShown(pc);
  await pc.getByRole('checkbox', { name: '慢慢来：给我四倍时间' }).check();
  const slow = await newCode(pc, short);
  await goHome(phone, here.server);
  await typeCode(phone, slow);
  await confirm(phone);
  await onAccount(pc);
});

test('M7 a password that has become too weak: told, led to the reset, and the new one works', async () => {
  const page = await loginPage();
  await fillPassword(page, here.server, sun);
  await page.locator('#log-in').click();
  assert.match(await problemShown(page), /密码强度不符合要求/);
  await page.getByRole('link', { name: '现在用登记的手机重置密码' }).click();
  await step(page, 'ticket');
  await page.locator('#send-with-ticket').click();
  await step(page, 'code');
  assert.match(await page.locator('#policy').innerText(), /8位以上，且必须由字母、数字和特殊字符三种组成/);
  await codeAndPassword(page, here.server, sun.phone, NEW);
  await step(page, 'done');
  await logInByPassword(page, here.server, { ...sun, password: NEW });
});

test('M12 a citizen registers, forgets the password, and sets another by phone', async () => {
  const page = await loginPage();
  await page.getByRole('link', { name: '注册', exact: true }).click();
  await page.locator('#captcha-picture img').waitFor();
  const who = freshPerson();
  await register(page, here.server, who);
  await page.getByRole('link', { name: '去登录' }).click();
  await logInByPassword(page, here.server, who);

  const { page: later } = await here.open(PC_SIZE);
  await openPasswordTab(later, here.server);
  await later.getByRole('link', { name: '忘记密码？' }).click();
  await fillOwner(later, here.server, who);
  await here.server.advance(61);
  await sendCode(later);
  await codeAndPassword(later, here.server, who.phone, 'Neu%2026road');
  await step(later, 'done');
  assert.match(await later.locator('#step-done').innerText(), /密码已重置/);
  await logInByPassword(later, here.server, { ...who, password: 'Neu%2026road' });
});

test('M12 a company registers, and the rules of the password are ticked while it is typed', async () => {
  const { page } = await here.open(PC_SIZE);
  await page.goto(`${here.server.origin}/register`);
  await page.locator('#captcha-picture img').waitFor();
  const who = freshCompany();
  await register(page, here.server, who, async () => {
    await page.locator('#password').pressSequentially('abc12345');
    assert.match(await page.locator('#rules-status').textContent(), /还差：有特殊字符/);
    await picture(page, 'register', page.locator('#step-code'));
    await page.locator('#password').pressSequentially('-');
    assert.match(await page.locator('#password-foreign').innerText(), /不能使用：“-”/);
  });
  await logInByPassword(page, here.server, who);
  assert.equal((await session(page, here.server)).person.kind, 'corporate');
});

test('M13 somebody of the other platform logs in with the same number and password, without registering', async () => {
  const { identity_number, phone, name } = freshPerson();
  const password = 'Old#2019road';
  const hash = createHash('sha256').update(`pepper${password}`).digest('hex');
  const row = { kind: 'personal', number: identity_number, name, phone, level: 2, evidence: 'register 2020', password_hash: `sha256$pepper$${hash}` };
  assert.match(await importPeople(here.server, [row]), /added +1/);
  const who = { kind: 'personal', identity_number, password };

  const { page } = await here.open(PC_SIZE);
  await logInByPassword(page, here.server, who);

  assert.equal((await session(page, here.server)).person.level, 2);
  assert.match(await printed(here.server, 'person', 'show', identity_number), /password_rehashed/);
  const { page: again } = await here.open();
  await logInByPassword(again, here.server, who);
});
