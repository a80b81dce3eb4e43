// Networks that break WebSockets: the page waits by Server-Sent Events, and where those are kept back too by long polls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import * as contract from '../support/phone.mjs';
import { house } from './support/house.mjs';
import { codeShown, heading, onAccount, qrContent } from './support/pc.mjs';
import { people } from './support/people.mjs';

let client; // lin's phone, without a page
const here = house(async () => {
  client = await contract.readyPhone(here.server, people.lin);
});

// `cut`: which ways the network breaks. `asked`: the paths the page asked for. The first code is in the page, so that it
// is shown proves no connection: the way that is left is waited for.
async function pcBehind(cut) {
  const { page } = await here.open();
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  if (cut.includes('sockets')) await page.routeWebSocket('**/ws/qr*', (socket) => socket.close());
  if (cut.includes('events')) await page.route('**/api/v1/qr/events*', (route) => route.abort());
  const left = cut.includes('events') ? 'poll' : 'events';
  const answered = cut.includes('sockets') && page.waitForResponse(`**/api/v1/qr/${left}*`);
  await page.goto(`${here.server.origin}/login?tab=qr`);
  await answered;
  await codeShown(page);
  return { page, asked };
}

async function logInOn(page) {
  const scanned = await contract.scan(client, await qrContent(page));
  await heading(page, '已扫码');
  await contract.confirm(client, scanned);
  await onAccount(page);
}

test('without WebSockets a browser waits by events and is logged in', async () => {
  const { page, asked } = await pcBehind(['sockets']);
  await logInOn(page);
  assert.ok(asked.includes('/api/v1/qr/events'));
  assert.ok(!asked.includes('/api/v1/qr/poll'));
});

test('without WebSockets and events it polls and is logged in', async () => {
  const { page, asked } = await pcBehind(['sockets', 'events']);
  await logInOn(page);
  assert.ok(asked.includes('/api/v1/qr/poll'));
});

test('codes rotate and end on events as on sockets', async () => {
  const { page } = await pcBehind(['sockets']);
  const first = await qrContent(page);
  await here.server.advance(58);
  await until('another picture', async () => (await qrContent(page).catch(() => first)) !== first);
  await here.server.advance(301);
  await page.getByRole('button', { name: '刷新二维码' }).click();
  await codeShown(page);
});

test('a denial is told to a browser that polls, then a fresh code is shown', async () => {
  const { page } = await pcBehind(['sockets', 'events']);
  const old = await codeShown(page);
  const scanned = await contract.scan(client, await qrContent(page));
  await heading(page, '已扫码');
  await contract.deny(client, scanned);
  await heading(page, '您已在手机上取消');
  assert.notEqual(await codeShown(page), old);
});

test('with WebSockets neither of the other ways is asked for', async () => {
  const { asked } = await pcBehind([]);
  assert.deepEqual(asked.filter((path) => /qr\/(events|poll)/.test(path)), []);
});
