// The manual's third part, 用户等级提升, steps 1 to 9 with hao on the phone; the way without a face; and what a person has
// afterwards: the account page, and other ways with the captcha. M5 and M6; docs/manual.md tells them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printed } from '../support/command.mjs';
import { until } from '../support/until.mjs';
import { freshPerson, register } from './support/codes.mjs';
import { house } from './support/house.mjs';
import { codeShown, fillPassword, logInByPassword, onAccount, openPasswordTab, openQrTab, session } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { addFinger, confirm, enterAgain, goHome, logInOnPhone, newestCode, PASSPHRASE, typeCode, view } from './support/phone_page.mjs';
import { PC_SIZE, PHONE_SIZE, picture } from './support/pictures.mjs';
import { press, toFacePage } from './support/proofing_page.mjs';
import { logInBySms, openSmsTab } from './support/sms_tab.mjs';

const { lin, hao, qian, gongsi } = people;
let haos; // hao's phone, from step 1 to step 9
const here = house(async () => {
  ({ page: haos } = await here.open({ ...PHONE_SIZE, kept: true }));
  await addFinger(haos);
});

async function scanAtPc(phone) {
  const { page: pc } = await here.open(PC_SIZE);
  await openQrTab(pc, here.server);
  await typeCode(phone, await codeShown(pc));
  return pc;
}

test('M5 steps 1 to 5: hao logs in on the phone, agrees, shows the face, is told of level 3, and logs in by text', async () => {
  // 第一步
  await haos.goto(`${here.server.origin}/phone`);
  await logInOnPhone(haos, hao);
  // 第二步
  await view(haos, 'raise');
  await haos.getByRole('button', { name: '不，仍用账户、密码登录' }).waitFor();
  await picture(haos, 'phone-raise');
  await press(haos, '好的，进入刷脸认证');
  // 第三步
  await haos.getByRole('heading', { name: '本人身份信息' }).waitFor();
  await haos.getByLabel('我已阅读并同意《个人生物识别信息保护声明、用户服务协议、个人信息保护政策》').check();
  await picture(haos, 'phone-identity');
  await press(haos, '下一步');
  await haos.getByRole('dialog', { name: '个人生物识别信息保护声明' }).waitFor();
  await picture(haos, 'phone-statement');
  await press(haos, '同意');
  await haos.getByRole('heading', { name: '用户身份认证' }).waitFor();
  // 第四步
  await press(haos, '快速验证');
  await haos.getByRole('heading', { name: '本人操作声明' }).waitFor();
  await haos.getByLabel('本人操作，并已阅读、同意《个人信息处理规则》').check();
  await press(haos, '开始刷脸认证');
  await haos.waitForURL(/\/demo\/face\//);
  await press(haos, '核验通过');
  // 第五步
  await haos.getByRole('heading', { name: '核验成功' }).waitFor();
  await haos.getByText('秒后自动返回首页').first().waitFor();
  await picture(haos, 'phone-passed');
  await press(haos, '返回');
  await view(haos, 'home');
  await haos.getByText('L3，已刷脸认证').waitFor();

  const { page } = await here.open();
  await openSmsTab(page, here.server);
  await logInBySms(page, here.server, hao.phone);
  assert.equal((await session(page, here.server)).person.level, 3);
});

test('M5 the other branch: “不，仍用账户、密码登录” ends it, password login goes on, and it can be done later', async () => {
  const who = freshPerson();
  const { page: pc } = await here.open();
  await pc.goto(`${here.server.origin}/register`);
  await pc.locator('#captcha-picture img').waitFor();
  await register(pc, here.server, who);
  const { page } = await here.open(PHONE_SIZE);
  await page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(page, who);
  await view(page, 'raise');
  await press(page, '不，仍用账户、密码登录');
  await view(page, 'home');
  await page.getByRole('button', { name: '提升等级：进入刷脸认证' }).waitFor();
  await logInByPassword(pc, here.server, who);
  assert.equal((await session(pc, here.server)).person.level, 2);

  await press(page, '提升等级：进入刷脸认证');
  await toFacePage(page);
  await page.clock.install();
  await press(page, '核验通过');
  await page.getByRole('heading', { name: '核验成功' }).waitFor();
  await page.clock.fastForward(11_000); // 等待读秒完成
  await view(page, 'home');
  await page.getByText('L3，已刷脸认证').waitFor();
});

test('M6 steps 6 to 9: hao downloads a certificate, scans the PC with it, looks at it and deletes it', async () => {
  // 第六步: 我的 — 证书管理 — 证书下载. No scan button yet.
  await goHome(haos, here.server);
  assert.equal(await haos.getByRole('button', { name: '扫码登录' }).count(), 0);
  const before = await newestCode(here.server, hao.phone);
  await here.server.advance(61);
  await press(haos, '证书管理');
  await press(haos, '证书下载');
  // 第七步: the text comes by itself
  await view(haos, 'certificate');
  await haos.locator('#state').getByText('139****0002').waitFor();
  const code = await until('the text', async () => {
    const newest = await newestCode(here.server, hao.phone);
    return newest === before ? '' : newest;
  });
  await haos.locator('#sms_code').fill(code);
  await haos.locator('#passphrase').fill(PASSPHRASE);
  await picture(haos, 'phone-certificate');
  // 第八步: the finger is laid on by Chromium
  await press(haos, '激活');
  // 第九步
  await haos.getByRole('dialog', { name: '请输入数字密码' }).waitFor();
  await picture(haos, 'phone-passphrase');
  await enterAgain(haos);
  await haos.getByText('核验成功，证书下载完成').first().waitFor();
  await view(haos, 'certificates');
  await haos.getByText('我的证书').first().waitFor();
  await haos.getByRole('button', { name: '扫码登录PC端' }).waitFor();
  await picture(haos, 'phone-certificates');

  await goHome(haos, here.server);
  await haos.getByRole('button', { name: '扫码登录' }).waitFor();
  const pc = await scanAtPc(haos);
  await confirm(haos);
  await onAccount(pc);
  assert.equal((await session(pc, here.server)).method, 'qr');

  await goHome(haos, here.server);
  await press(haos, '证书管理');
  const mine = haos.locator('.certificates li', { hasText: '本机证书' });
  await mine.getByRole('button', { name: '查看证书' }).click();
  await mine.getByText('CN=qrgate CA').waitFor();
  await mine.getByRole('button', { name: '删除证书' }).click();
  await haos.getByRole('button', { name: '确定删除' }).click();
  await haos.getByText('证书已删除').first().waitFor();
  await goHome(haos, here.server);
  await haos.getByRole('button', { name: '证书管理' }).waitFor();
  assert.equal(await haos.getByRole('button', { name: '扫码登录' }).count(), 0, 'and the scan button is gone');
});

test('the desk: level 3 without a face, by one operator and a second one', async () => {
  const who = freshPerson();
  const { page } = await here.open();
  await page.goto(`${here.server.origin}/register`);
  await page.locator('#captcha-picture img').waitFor();
  await register(page, here.server, who);
  const opened = await printed(here.server, 'desk', 'raise', who.identity_number, '--level', '3', '--evidence', '身份证原件', '--operator', 'wang');
  const [, id] = /case ([0-9a-f]{10}) is open/.exec(opened);
  await printed(here.server, 'desk', 'approve', id, '--operator', 'zhou');

  await here.server.advance(61);
  await openSmsTab(page, here.server);
  await logInBySms(page, here.server, who.phone);
  await page.locator('#level').getByText('服务窗口办理').first().waitFor();
  assert.equal((await session(page, here.server)).person.level, 3);
});

test('the account page: level, certificates, devices, history with 不是我, password, phone number, large letters', async () => {
  const { page: thief } = await here.open();
  await logInByPassword(thief, here.server, gongsi);
  const { page } = await here.open(PC_SIZE);
  await logInByPassword(page, here.server, gongsi);
  const rows = page.locator('#logins li');
  await until('both logins', async () => await rows.count() >= 2);
  for (const title of ['等级', '证书', '登录的设备', '登录记录', '修改密码', '更换手机号', '显示与语言']) {
    await page.getByRole('heading', { name: title, exact: true }).waitFor();
  }
  await picture(page, 'account');
  await rows.nth(1).getByRole('button', { name: /不是我/ }).click();
  await thief.getByRole('heading', { name: '您的登录已结束' }).waitFor();
  await page.locator('#undone').waitFor();

  await page.locator('#old_password').fill(gongsi.password);
  await page.locator('#new_password').fill('Neu%2026road');
  await page.locator('#password-form').getByRole('button', { name: '修改密码' }).click();
  await until('the new password', async () => (await page.locator('#status').textContent()).includes('密码已修改'));
  await page.getByLabel(/大字简易模式/).check();
  await page.getByRole('button', { name: '保存' }).click();
  await until('large letters', () => page.evaluate(() => document.documentElement.matches('.big')));
  await page.getByRole('button', { name: '退出登录' }).click();
  await page.waitForURL((url) => url.pathname === '/login');
  await logInByPassword(page, here.server, { ...gongsi, password: 'Neu%2026road' });
});

test('the captcha in other ways: enlarged, heard, or not typed at all', async () => {
  const { page } = await here.open(PC_SIZE);
  await openPasswordTab(page, here.server);
  await page.getByRole('button', { name: '放大图片' }).click();
  await picture(page, 'captcha-ways', page.locator('label[for=captcha]'));
  await page.getByRole('button', { name: '听验证码' }).click();
  await page.waitForFunction(() => document.querySelector('audio').currentTime > 0);
  const id = await page.locator('#captcha_id').inputValue();
  const { digits } = await (await fetch(`${here.server.origin}/demo/captcha/${id}`)).json();
  await fillPassword(page, here.server, lin, { captcha: digits });
  await page.locator('#log-in').click();
  await onAccount(page);

  const { page: other } = await here.open();
  await openPasswordTab(other, here.server);
  await fillPassword(other, here.server, qian, { captcha: '' });
  await other.getByRole('button', { name: '不输入验证码' }).click();
  await other.locator('.captcha-ways').getByText('安全检查已通过').waitFor();
  await other.locator('#log-in').click();
  await onAccount(other);
});
