// The waiting PC: rotation, the end of the wait, two windows. Time is moved by the demo clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import * as contract from '../support/phone.mjs';
import { house } from './support/house.mjs';
import { codeShown, heading, liveText, newCode, onAccount, openQrTab, qrContent } from './support/pc.mjs';
import { people } from './support/people.mjs';

const { lin } = people;

let client; // lin's phone, without a page
const here = house(async () => {
  client = await contract.readyPhone(here.server, lin);
});

// `sockets` counts what this browser opens.
async function waitingPc(query) {
  const { page, context } = await here.open();
  const opened = [];
  page.on('websocket', (socket) => opened.push(socket));
  const frames = await openQrTab(page, here.server, query);
  return { page, context, frames, sockets: opened };
}

test('before it ends the code is replaced silently; the typed code stays', async () => {
  const { page, frames } = await waitingPc();
  const [url, short, said] = [await qrContent(page), await codeShown(page), await liveText(page)];
  await here.server.advance(58);
  const next = await until('another picture', async () => {
    const now = await qrContent(page).catch(() => url);
    return now === url ? '' : now;
  });
  assert.ok(next.startsWith(`${here.server.origin}/s/`));
  assert.equal(await codeShown(page), short);
  assert.equal(await liveText(page), said, 'nothing is announced');
  assert.deepEqual(frames.map(({ type, seq }) => [type, seq]), [['code', 2], ['code', 3]], 'the first was in the page');
  assert.equal(frames[1].expires_in, 30);
});

test('the rotated picture logs in, and the old one is past', async () => {
  const { page } = await waitingPc();
  const old = await qrContent(page);
  await here.server.advance(58);
  const url = await until('another picture', async () => {
    const now = await qrContent(page).catch(() => old);
    return now === old ? '' : now;
  });
  await here.server.advance(20);
  const late = await client.scan(contract.tokenOf(old), { certificate: client.certificate.serial });
  assert.equal(late.verdict, '410 ticket_expired');
  const scanned = await contract.scan(client, url);
  await heading(page, '已扫码');
  await contract.confirm(client, scanned);
  await onAccount(page);
});

test('when the whole wait is over, a button over the picture brings a new one', async () => {
  const { page, frames, sockets } = await waitingPc();
  const old = await codeShown(page);
  await here.server.advance(301);
  await heading(page, '二维码已过期');
  assert.match(await liveText(page), /二维码已过期/);
  assert.equal(frames.at(-1).type, 'expired');
  const button = page.getByRole('button', { name: '刷新二维码' });
  await button.focus();
  await page.keyboard.press('Enter');
  await newCode(page, old);
  await codeShown(page);
  assert.equal(sockets.length, 2);
});

test('with four times the time, the first code lasts four minutes', async () => {
  const { page, frames } = await waitingPc('&easy=1');
  assert.equal(frames[0].expires_in, 240);
  assert.ok(await page.locator('#more-time').isChecked());
  const url = await qrContent(page);
  await here.server.advance(70);
  assert.equal((await contract.scan(client, url)).ticket, contract.tokenOf(url));
  await heading(page, '已扫码');
});

test('a scan that nobody confirms ends; the PC can go on', async () => {
  const { page } = await waitingPc();
  await contract.scan(client, await qrContent(page));
  await heading(page, '已扫码');
  await here.server.advance(301);
  await heading(page, '二维码已过期');
  await page.getByRole('button', { name: '刷新二维码' }).click();
  await codeShown(page);
});

test('two windows of one browser: the older says so and stays quiet, and takes over when it is told to', async () => {
  const { page, context, sockets } = await waitingPc();
  const second = await context.newPage();
  await openQrTab(second, here.server);
  await heading(page, '已在另一窗口打开');
  assert.match(await liveText(page), /已在另一窗口打开/);
  // A page that came back would throw the other out: it would be told within the longest back-off.
  await page.clock.install();
  await page.clock.fastForward(60_000);
  await codeShown(second);
  assert.equal(sockets.length, 1, 'the older window does not reconnect');

  await page.getByRole('button', { name: '在此窗口登录' }).click();
  await codeShown(page);
  await heading(second, '已在另一窗口打开');
  await contract.confirm(client, await contract.scan(client, await qrContent(page)));
  await onAccount(page);
});

test('leaving the tab closes the socket; coming back shows a code', async () => {
  const { page, sockets } = await waitingPc();
  const closed = new Promise((resolve) => sockets[0].once('close', resolve));
  await page.locator('#tab-password').click();
  await closed;
  await page.locator('#tab-qr').click();
  await codeShown(page);
});
