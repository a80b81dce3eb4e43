// The manual's steps 6 to 9 on the phone page: a certificate with a fingerprint, without one, looked at, used, disabled,
// deleted, renewed. The finger is Chromium's virtual authenticator.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { test } from 'node:test';
import { accessibilityFaults } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { codeShown, onAccount, openQrTab } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { addFinger, backHome, confirm, enterAgain, goHome, logInOnPhone, makeCertificate, newestCode, openDownload, PASSPHRASE, PHONE, typeCode, view } from './support/phone_page.mjs';

const { lin, zhao } = people;
const here = house();
const LIFE_S = 365 * 86400;

// PICTURES names a folder for what the pages look like.
async function picture(page, name) {
  const folder = process.env.PICTURES;
  if (!folder) return;
  await fs.mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

// lin's phone at home, new, with what was sent for certificates.
async function linsPhone({ finger, recognised } = {}) {
  await here.server.advance(61);
  const { page } = await here.open(PHONE);
  if (finger) await addFinger(page, recognised);
  const asked = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname === '/api/v1/phone/certificates') asked.push(request.postDataJSON());
  });
  await page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(page, lin);
  await view(page, 'home');
  return { page, asked };
}

async function newestText() {
  const answer = await fetch(`${here.server.origin}/demo/sms?phone=${lin.phone}`);
  return (await answer.json())[0].text;
}

async function logInAtPc(phone) {
  const { page: pc } = await here.open();
  await openQrTab(pc, here.server);
  await goHome(phone, here.server);
  await typeCode(phone, await codeShown(pc));
  return pc;
}

test('steps 6 to 9: the code comes by itself, 激活, the finger, the passphrase once more, done', async () => {
  const { page, asked } = await linsPhone({ finger: true });
  assert.equal(await page.getByRole('button', { name: '扫码登录' }).count(), 0, 'no scan button without a certificate');
  const code = await openDownload(page, here.server, lin);
  assert.match(await page.locator('#state').innerText(), /139\*\*\*\*0001/);
  assert.match(await page.getByRole('button', { name: '秒后可重新发送' }).innerText(), /^\d+ 秒后/);
  await page.locator('#sms_code').fill(code);
  const rules = page.locator('.rules li');
  await page.locator('#passphrase').pressSequentially('111111');
  assert.match(await rules.nth(0).innerText(), /✓/);
  assert.doesNotMatch(await rules.nth(1).innerText(), /✓/);
  await page.locator('#passphrase').fill(PASSPHRASE);
  assert.equal(await page.locator('.rules .kept').count(), 3);
  await picture(page, 'certificate');
  await page.getByRole('button', { name: '激活' }).click();
  await page.getByRole('dialog', { name: '请输入数字密码' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await picture(page, 'dialog');
  assert.equal(asked.length, 0, 'nothing is made before the passphrase was entered again');
  await enterAgain(page, '111222');
  assert.match(await page.locator('dialog .problem').innerText(), /不一样/);
  await enterAgain(page);
  await page.getByText('核验成功，证书下载完成').first().waitFor();
  await view(page, 'certificates');
  assert.equal(asked.at(-1).biometric.kind, 'webauthn');
  assert.match(await newestText(), /新的登录证书/);
  await page.locator('.certificates li').first().waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await picture(page, 'certificates');

  const pc = await logInAtPc(page);
  await confirm(page);
  await onAccount(pc);
});

test('going back from the dialog makes nothing, and the same code still works', async () => {
  const { page, asked } = await linsPhone({ finger: true });
  await page.locator('#view').waitFor();
  const code = await openDownload(page, here.server, lin);
  await page.locator('#sms_code').fill(code);
  await page.locator('#passphrase').fill(PASSPHRASE);
  await page.getByRole('button', { name: '激活' }).click();
  await page.locator('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('还没有完成').waitFor();
  assert.equal(asked.length, 0);
  await page.getByRole('button', { name: '激活' }).click();
  await enterAgain(page);
  await view(page, 'certificates');
});

test('a certificate is looked at, and after it was deleted nothing can be scanned with it', async () => {
  const { page } = await linsPhone();
  await makeCertificate(page, here.server, lin);
  await page.getByRole('button', { name: '证书管理' }).click();
  await page.getByRole('button', { name: '扫码登录PC端' }).waitFor();
  const mine = page.locator('.certificates li', { hasText: '本机证书' });
  const serial = await mine.locator('.serial').innerText();
  await mine.getByRole('button', { name: '查看证书' }).click();
  await mine.getByText('CN=qrgate CA').waitFor();
  assert.match(await mine.locator('dl').innerText(), new RegExp(`${serial}[^]*国密 SM2[^]*SHA-256`));
  assert.deepEqual(await accessibilityFaults(page), []);
  await picture(page, 'details');
  await mine.getByRole('button', { name: '删除证书' }).click();
  await page.getByRole('button', { name: '不删除' }).click();
  await mine.getByRole('button', { name: '删除证书' }).click();
  await page.getByRole('button', { name: '确定删除' }).click();
  await page.getByText('证书已删除').first().waitFor();
  await page.getByRole('button', { name: '证书下载' }).waitFor();
  assert.equal(await page.getByRole('button', { name: '扫码登录' }).count(), 0);
  await backHome(page);
  await page.getByRole('button', { name: '证书管理' }).waitFor();
  assert.equal(await page.getByRole('button', { name: '扫码登录' }).count(), 0);

  const { page: pc } = await here.open();
  await openQrTab(pc, here.server);
  const code = await codeShown(pc);
  const refused = await page.evaluate(async ([short, certificate]) => {
    const { token } = JSON.parse(localStorage.getItem('qrgate.login'));
    const answer = await fetch(`/api/v1/phone/tickets/${short}/scan`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }, body: JSON.stringify({ certificate }),
    });
    return (await answer.json()).error.code;
  }, [code, serial]);
  assert.equal(refused, 'certificate_unusable');
});

test('without a fingerprint reader the page goes the other way by itself', async () => {
  const { page, asked } = await linsPhone();
  await makeCertificate(page, here.server, lin);
  assert.equal(asked.at(-1).biometric.kind, 'simulated');
});

test('a finger that is not recognised leads the other way too', async () => {
  const { page, asked } = await linsPhone({ finger: true, recognised: false });
  await makeCertificate(page, here.server, lin);
  assert.equal(asked.at(-1).biometric.kind, 'simulated');
});

test('the tenth wrong passphrase disables the certificate: a text says so, and the page says what to do', async () => {
  const { page } = await linsPhone();
  await makeCertificate(page, here.server, lin);
  await logInAtPc(page);
  await view(page, 'review');
  for (let left = 9; left >= 0; left -= 1) {
    await page.locator('#passphrase').fill('918273');
    await page.locator('#view button[type=submit]:not([aria-disabled])').click();
    await page.locator('.summary', { hasText: left > 0 ? `还可以试 ${left} 次` : '已停用' }).waitFor();
  }
  assert.match(await newestText(), /输错10次已停用.*重新下载证书/);
  await goHome(page, here.server);
  await page.getByText('这张证书已停用。请删除它，再按“证书下载”领取新证书。').first().waitFor();
  assert.equal(await page.getByRole('button', { name: '扫码登录' }).count(), 0);
  await page.getByRole('button', { name: '证书管理' }).click();
  await page.locator('.certificates li', { hasText: '已停用' }).first().waitFor();
  await page.getByRole('button', { name: '证书下载' }).waitFor();
  await picture(page, 'disabled');
});

test('a revoked certificate is on the published list', async () => {
  const list = await fetch(`${here.server.origin}/ca.crl`);
  assert.equal(list.headers.get('content-type'), 'application/pkix-crl');
  assert.ok((await list.arrayBuffer()).byteLength > 200);
});

// The demo counts as the person standing there; told that it is none, the page asks for the real thing.
test('a new phone without a fingerprint is led to the face check, and from its success back to the download', async () => {
  await here.server.advance(61);
  const { page } = await here.open(PHONE);
  const asked = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname === '/api/v1/phone/certificates') asked.push(request.postDataJSON());
  });
  await page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(page, zhao);
  await view(page, 'home');
  await page.route('**/api/v1/context', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...await answer.json(), demo: false } });
  });
  await page.reload();
  const send = async () => {
    await page.locator('#passphrase').fill(PASSPHRASE);
    await page.getByRole('button', { name: '激活' }).click();
    await enterAgain(page);
  };
  const code = await openDownload(page, here.server, zhao);
  await page.locator('#sms_code').fill(code);
  await send();
  await page.getByRole('heading', { name: '本人身份信息' }).waitFor();
  assert.match(await page.locator('#view .banner.warn').innerText(), /需要先完成刷脸认证/);
  assert.deepEqual(asked.at(-1).biometric, { kind: 'proofing' });

  await page.locator('#agree').check();
  await page.getByRole('button', { name: '下一步', exact: true }).click();
  await page.getByRole('button', { name: '同意', exact: true }).click();
  await page.getByRole('button', { name: '快速验证', exact: true }).click();
  await page.locator('#in_person').check();
  await page.getByRole('button', { name: '开始刷脸认证', exact: true }).click();
  await page.waitForURL(/\/demo\/face\//);
  await page.getByRole('button', { name: '核验通过', exact: true }).click();
  await page.getByRole('heading', { name: '核验成功' }).waitFor();
  await here.server.advance(61);
  await page.getByRole('button', { name: '证书下载', exact: true }).click();
  await view(page, 'certificate');
  await page.locator('#state', { hasText: '已发送到您绑定的手机号' }).waitFor();
  await page.locator('#sms_code').fill(await newestCode(here.server, zhao.phone));
  await send();
  await view(page, 'certificates');
  await page.getByText('核验成功，证书下载完成').first().waitFor();
});

// Last: it moves the clock by most of a year.
test('a certificate near its end is renewed with its old passphrase, and logs in', async () => {
  const { page, asked } = await linsPhone({ finger: true });
  await makeCertificate(page, here.server, lin);
  await here.server.advance(LIFE_S - 20 * 86400);
  await page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(page, lin);
  await view(page, 'home');
  await page.getByRole('button', { name: '证书管理' }).click();
  await page.getByRole('button', { name: '证书续期' }).first().click();
  await view(page, 'certificate');
  assert.match(await page.locator('h1').innerText(), /证书续期/);
  await picture(page, 'renewal');
  await page.locator('#state', { hasText: '已发送到您绑定的手机号' }).waitFor();
  const [code] = /\d{6}/.exec(await newestText());
  await page.locator('#sms_code').fill(code);
  await page.locator('#passphrase').fill('918273');
  await page.getByRole('button', { name: '激活' }).click();
  await page.locator('.summary', { hasText: '还可以试 9 次' }).waitFor();
  await page.locator('#passphrase').fill(PASSPHRASE);
  await page.getByRole('button', { name: '激活' }).click();
  await page.getByText('核验成功，证书已续期').first().waitFor();
  const [made, renewal] = [asked[0], asked.at(-1)];
  assert.equal(renewal.biometric.kind, 'webauthn');
  assert.equal(renewal.renews, renewal.endorsed_by);
  assert.notEqual(renewal.public_key, made.public_key);
  assert.equal(await page.getByRole('button', { name: '证书续期' }).count(), 0);

  const pc = await logInAtPc(page);
  await confirm(page);
  await onAccount(pc);
});
