// QR login from both sides: the PC page, and the phone page in a browser of its own.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openPage, startBrowser } from './support/browser.mjs';
import { cameraFlags, writeCameraFilm } from './support/camera.mjs';
import { house } from './support/house.mjs';
import { codeShown, heading, liveText, newCode, onAccount, openQrTab, qrContent, session } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { confirm, deny, goHome, logInOnPhone, PASSPHRASE, PHONE, readyPhonePage, typeCode, view } from './support/phone_page.mjs';

const { lin, hao } = people;
let phone; // lin's, with a certificate
const here = house(async () => {
  ({ page: phone } = await here.open({ ...PHONE, kept: true }));
  await readyPhonePage(phone, here.server, lin);
});

async function waitingPc() {
  const { page, context } = await here.open();
  const frames = await openQrTab(page, here.server);
  return { page, context, frames, code: await codeShown(page) };
}

async function scannedByTyping() {
  await goHome(phone, here.server);
  const pc = await waitingPc();
  await typeCode(phone, pc.code);
  await view(phone, 'review');
  await heading(pc.page, '已扫码');
  return pc;
}

async function loggedIn(page) {
  await onAccount(page);
  const { method, aal, person } = await session(page, here.server);
  assert.deepEqual([method, aal, person.level], ['qr', 2, 3]);
}

test('by the typed code: the PC ends on its account page, method qr, level 3', async () => {
  const { page, frames } = await scannedByTyping();
  const review = await phone.locator('#view').innerText();
  for (const words of [new URL(here.server.origin).host, 'Chrome', 'Linux', '工作人员不会让您扫码']) assert.ok(review.includes(words), review);
  assert.equal(await phone.evaluate(() => document.activeElement.className), 'button danger full', 'the focus begins on refusing');
  await confirm(phone);
  await loggedIn(page);
  await phone.getByText('电脑已登录').waitFor();

  // Until the redeem nothing personal comes to the PC: whose code this becomes may be a thief's to see (F6).
  const said = JSON.stringify(frames);
  assert.deepEqual(frames.map(({ type }) => type), ['code', 'scanned', 'confirmed']);
  assert.deepEqual([...new Set(frames.flatMap(Object.keys))].sort(), ['expires_in', 'seq', 'short_code', 'token', 'type', 'url']);
  const { person } = await session(page, here.server);
  for (const secret of [person.id, person.name_masked, lin.identity_number, lin.phone]) assert.ok(!said.includes(secret));
});

test('by opening the address in the picture, as a phone\'s own scanner does', async () => {
  const { page } = await waitingPc();
  const address = await qrContent(page);
  assert.ok(address.startsWith(`${here.server.origin}/s/`), address);
  await phone.goto(address);
  await confirm(phone);
  await loggedIn(page);
});

test('by opening the address on a phone that is not logged in: the login comes first, then what is confirmed', async () => {
  const { page } = await waitingPc();
  const state = await phone.context().storageState();
  for (const { localStorage } of state.origins) {
    localStorage.splice(0, localStorage.length, ...localStorage.filter(({ name }) => name !== 'qrgate.login'));
  }
  const { page: other } = await here.open({ ...PHONE, storageState: state });
  await other.goto(await qrContent(page));
  await logInOnPhone(other, lin);
  await confirm(other);
  await loggedIn(page);
});

test('by the camera of the phone', async () => {
  const { page } = await waitingPc();
  const film = path.join(here.server.data, 'camera.y4m');
  await writeCameraFilm(film, await page.locator('.qr-box svg').screenshot());
  const chromium = await startBrowser(undefined, cameraFlags(film));
  try {
    const { page: camera, troubles } = await openPage(chromium, { ...PHONE, storageState: await phone.context().storageState() });
    await camera.goto(`${here.server.origin}/phone`);
    await camera.locator('#view[data-view=home] button.primary').click();
    await camera.getByRole('button', { name: '打开摄像头' }).click();
    await confirm(camera);
    await loggedIn(page);
    assert.deepEqual(troubles, []);
  } finally {
    await chromium.close();
    await fs.rm(film);
  }
});

test('refused on the phone: the PC says so and shows another code, and nobody is logged in', async () => {
  const { page, code } = await scannedByTyping();
  await deny(phone);
  await phone.getByText('已拒绝，电脑没有登录').waitFor();
  await heading(page, '您已在手机上取消');
  await newCode(page, code);
  assert.match(await liveText(page), /已换新的二维码/);
  assert.equal(await session(page, here.server), undefined);
});

test('"not me" at the PC: another code there, and the phone is told', async () => {
  const { page, code } = await scannedByTyping();
  await page.getByRole('button', { name: '不是我，换二维码' }).click();
  await newCode(page, code);
  await phone.getByText('已在电脑上取消').waitFor();
});

test('a wrong passphrase says how many tries are left, and the right one still logs in', async () => {
  const { page } = await scannedByTyping();
  await confirm(phone, '918273');
  await phone.locator('.summary:not([hidden])').waitFor();
  assert.match(await phone.locator('.summary').innerText(), /还可以试 9 次/);
  assert.equal(await phone.locator('#passphrase').inputValue(), '');
  await confirm(phone, PASSPHRASE);
  await loggedIn(page);
});

test('confirming opens after three seconds; an empty passphrase is asked for', async () => {
  await scannedByTyping();
  const button = phone.locator('#view button[type=submit]');
  await phone.locator('#view button[type=submit]:not([aria-disabled])').waitFor();
  await button.click();
  assert.match(await phone.locator('.summary').innerText(), /请输入证书密码/);
  await deny(phone);
  await phone.getByText('已拒绝').first().waitFor();
});

test('"not me" on the phone after the login ends the session of that PC', async () => {
  const { page } = await scannedByTyping();
  await confirm(phone);
  await loggedIn(page);
  await phone.getByRole('button', { name: '不是我，让那台电脑退出' }).click();
  await phone.getByText('那台电脑已退出登录').waitFor();
  assert.equal(await session(page, here.server), undefined);
});

test('hao, of level 2, is told the next step on the phone, and the PC waits on', async () => {
  const { page, code } = await waitingPc();
  const { page: haos } = await here.open(PHONE);
  await haos.goto(await qrContent(page));
  await logInOnPhone(haos, hao);
  await view(haos, 'home');
  await haos.getByText('用户等级不符合要求').first().waitFor();
  assert.match(await haos.locator('#view').innerText(), /刷脸认证/);
  assert.equal(await haos.getByRole('button', { name: '扫码登录' }).count(), 0);
  assert.equal(await codeShown(page), code);
});

test('a code that nobody shows is refused with what to do', async () => {
  await goHome(phone, here.server);
  await typeCode(phone, 'A234-5678');
  await phone.locator('#view[data-view=scan] .banner').waitFor();
  assert.match(await phone.locator('#view').innerText(), /登录码/);
});

test('the code of another site is not opened', async () => {
  await goHome(phone, here.server);
  await phone.locator('#view[data-view=home] button.primary').click();
  await phone.locator('#short_code').fill('https://evil.example/s/abc');
  await phone.locator('#view button[type=submit]').click();
  assert.match(await phone.locator('.summary').innerText(), /登录码应为 8 位/);
});
