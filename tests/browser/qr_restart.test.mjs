// A server that goes away under a QR login. Its demo clock begins anew with it, so nothing here moves it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { codeShown, heading, newCode, onAccount, openQrTab, session } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { confirm, goHome, PHONE, readyPhonePage, typeCode, view } from './support/phone_page.mjs';

const { lin } = people;

let phone;
const here = house(async () => {
  ({ page: phone } = await here.open({ ...PHONE, kept: true }));
  await readyPhonePage(phone, here.server, lin);
});

async function scannedPc() {
  await goHome(phone, here.server);
  const { page } = await here.open();
  await openQrTab(page, here.server);
  await typeCode(phone, await codeShown(page));
  await view(phone, 'review');
  await heading(page, '已扫码');
  return page;
}

async function loggedIn(page) {
  await onAccount(page);
  const { method, person } = await session(page, here.server);
  assert.deepEqual([method, person.level], ['qr', 3]);
}

// Whether a confirm arrived before the end is for chance to say: where it did not, the phone shows the login once more.
function asksAgain() {
  const done = phone.getByText('电脑已登录').waitFor().then(() => false);
  const asked = view(phone, 'outcome').then(() => view(phone, 'review')).then(() => true);
  asked.catch(() => {}); // waits in vain where it is done
  return Promise.race([done, asked]);
}

test('killed between scan and confirm: the browser still gets in', async () => {
  const page = await scannedPc();
  assert.equal(await here.server.restart('SIGKILL'), 'SIGKILL');
  await confirm(phone);
  await loggedIn(page);
});

test('restarted while it is confirmed: the phone says what became of it, the browser gets in', async () => {
  const page = await scannedPc();
  const confirmed = phone.waitForRequest((request) => request.url().endsWith('/confirm'));
  await confirm(phone);
  await confirmed;
  await here.server.restart();
  if (await asksAgain()) await confirm(phone);
  await loggedIn(page);
  await phone.getByText('电脑已登录').waitFor();
});

test('restarted under a waiting code: the page shows a new one by itself', async () => {
  const { page } = await here.open();
  await openQrTab(page, here.server);
  const old = await codeShown(page);
  await here.server.restart();
  await newCode(page, old);
  await page.locator('#panel-qr .banner.warn').waitFor({ state: 'hidden' });
});
