// M5: from level 2 to level 3 on the phone, the manual's steps 1 to 5, against the simulated provider. The people are
// put back to level 2 between the tests by the operator's command, as the provider's verdict is the only other way.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { printed } from '../support/command.mjs';
import { accessibilityFaults } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { people } from './support/people.mjs';
import { logInOnPhone, PHONE, view } from './support/phone_page.mjs';
import { press, toFacePage } from './support/proofing_page.mjs';

const { hao, lin } = people;
const here = house();

beforeEach(() => printed(here.server, 'person', 'level', hao.identity_number, '2', 'test'));

async function clean(page, what) {
  assert.deepEqual(await accessibilityFaults(page), [], what);
}

async function haosPhone(options = {}) {
  const { page } = await here.open({ ...PHONE, ...options });
  await page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(page, hao);
  await view(page, 'raise');
  return page;
}

// What the server says of this phone's person.
async function me(page) {
  const { token } = JSON.parse(await page.evaluate(() => localStorage.getItem('qrgate.login')));
  const answer = await fetch(`${here.server.origin}/api/v1/phone/me`, { headers: { authorization: `Bearer ${token}` } });
  return answer.json();
}

test('M5: hao goes from level 2 to level 3 by the manual’s steps, and SMS login is allowed', async () => {
  const page = await haosPhone();
  assert.match(await page.locator('#view').innerText(), /L2.*L3/s);
  await clean(page, 'the question');
  assert.equal((await me(page)).methods.sms.available, false);

  await press(page, '好的，进入刷脸认证');
  await page.locator('#agree').waitFor();
  assert.equal(await page.locator('h1').innerText(), '本人身份信息');
  const shown = await page.locator('#view').innerText();
  assert.match(shown, /郝\*国/);
  assert.match(shown, /110\*+009X/);
  assert.ok(!shown.includes(hao.identity_number));
  await clean(page, 'identity');
  await page.locator('#agree').check();
  await press(page, '下一步');
  const dialog = page.getByRole('dialog', { name: '个人生物识别信息保护声明' });
  await dialog.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'statement-title');
  await clean(page, 'statement');
  await press(page, '同意');

  await page.getByRole('heading', { name: '用户身份认证' }).waitFor();
  await clean(page, 'verify');
  await press(page, '快速验证');
  await page.getByRole('heading', { name: '本人操作声明' }).waitFor();
  await page.locator('#in_person').check();
  await clean(page, 'declare');
  await press(page, '开始刷脸认证');
  await page.waitForURL(/\/demo\/face\//);
  await clean(page, 'face page');
  await press(page, '核验通过');

  await page.getByRole('heading', { name: '核验成功' }).waitFor();
  assert.match(await page.locator('#view').innerText(), /L3/);
  await press(page, '停止读秒，留在此页');
  await clean(page, 'passed');
  await press(page, '返回');
  await view(page, 'home');
  await page.getByText('L3，已刷脸认证').waitFor();
  const now = await me(page);
  assert.equal(now.level, 3);
  assert.equal(now.methods.sms.available, true);
  assert.deepEqual(now.methods.qr.missing.map(({ code }) => code), ['certificate_missing']);
  assert.equal(new URL(page.url()).search, '');
});

test('M5: 核验成功 counts down and goes home by itself', async () => {
  const page = await haosPhone();
  await toFacePage(page);
  await page.clock.install();
  await press(page, '核验通过');
  await page.getByRole('heading', { name: '核验成功' }).waitFor();

  await page.clock.fastForward(11_000);

  await view(page, 'home');
});

test('M5: “不，仍用账户、密码登录” ends it kindly, and home offers it later', async () => {
  const page = await haosPhone();

  await press(page, '不，仍用账户、密码登录');

  await view(page, 'home');
  assert.match(await page.locator('#view .banner').first().innerText(), /可以继续用账户、密码登录/);
  assert.equal((await me(page)).level, 2);
  await press(page, '提升等级：进入刷脸认证');
  await view(page, 'raise');
});

test('M5: a level-3 person is not asked', async () => {
  const { page } = await here.open(PHONE);
  await page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(page, lin);
  await view(page, 'home');
});

test('M5: without a tick, or with 不同意, nothing goes on and the desk is named', async () => {
  const page = await haosPhone();
  await press(page, '好的，进入刷脸认证');
  await press(page, '下一步');
  assert.match(await page.locator('#agree-problem').innerText(), /请先阅读/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'agree');

  await page.locator('#agree').check();
  await press(page, '下一步');
  await press(page, '不同意');
  await page.getByText('您没有同意').first().waitFor();
  assert.equal(await page.locator('#agree').isChecked(), false);
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.match(await page.locator('#view').innerText(), /服务窗口.*不用刷脸/s);

  await page.locator('#agree').check();
  await press(page, '下一步');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#agree').isChecked(), false);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), '下一步');
  assert.equal((await me(page)).level, 2);
});

test('M5: a failed check says why and what next, and the level stays', async () => {
  const page = await haosPhone();
  await toFacePage(page);
  await press(page, '核验不通过');

  await page.getByRole('heading', { name: '核验未通过' }).waitFor();
  const said = await page.locator('#view').innerText();
  assert.match(said, /没有对上/);
  assert.match(said, /服务窗口/);
  assert.match(said, /4000511818/);
  await clean(page, 'failed');
  assert.equal((await me(page)).level, 2);
  await press(page, '重新开始');
  await page.locator('#agree').waitFor();
});

test('M5: a verdict whose callback was lost is fetched, and the waiting page hears it', async () => {
  const page = await haosPhone();
  await toFacePage(page);
  const id = new URL(page.url()).pathname.split('/').pop();
  const lost = await fetch(`${here.server.origin}/demo/proofing/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ result: 'passed', callback: 'lost' }),
  });
  assert.equal(lost.status, 204);
  await page.goto(`${here.server.origin}/phone?proofing=${id}`);
  await page.getByRole('heading', { name: '正在等待核验结果' }).waitFor();

  await here.server.advance(61);

  await page.getByRole('heading', { name: '核验成功' }).waitFor();
});

test('M5: an unsigned callback and the phone’s own word raise nobody', async () => {
  const page = await haosPhone();
  await toFacePage(page);
  const id = new URL(page.url()).pathname.split('/').pop();
  const body = JSON.stringify({ event_id: 'e', proofing_id: id, result: 'passed', identity_number: hao.identity_number, name: '郝建国' });
  const forged = await fetch(`${here.server.origin}/api/v1/callbacks/proofing`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-qrgate-timestamp': `${Math.floor(Date.now() / 1000)}`, 'x-qrgate-signature': `v1=${'0'.repeat(64)}` },
    body,
  });
  assert.equal(forged.status, 403);
  await page.goto(`${here.server.origin}/phone?proofing=${id}`);
  await page.getByRole('heading', { name: '正在等待核验结果' }).waitFor();
  assert.equal((await me(page)).level, 2);
});

test('M5: by keyboard and in English', async () => {
  const { page } = await here.open({ ...PHONE, locale: 'en' });
  await page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(page, hao);
  await view(page, 'raise');
  const tabTo = async (text) => {
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement.id || document.activeElement.textContent) === text) return;
    }
    throw new Error(`${text} is not reached with Tab`);
  };
  await tabTo('Yes, start the face check');
  await page.keyboard.press('Enter');
  await page.locator('#agree').waitFor();
  await tabTo('agree');
  await page.keyboard.press('Space');
  await tabTo('Next');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo('Accept');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Identity check' }).waitFor();
});
