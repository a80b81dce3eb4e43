// The socket of a page opened as /login?tab=qr: it is there before the page's own script, and nothing of it is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import { house } from './support/house.mjs';
import { codeShown, heading, liveText, qrContent } from './support/pc.mjs';

const here = house();
const OWN_SCRIPT = '**/assets/login-zh-*.js';

// The page's own script comes when `release` is called; until then only the QR tab's script runs.
async function held() {
  const { page } = await here.open();
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await page.route(OWN_SCRIPT, async (route) => {
    await released;
    await route.continue();
  });
  return { page, release };
}

function opening(page, server, address = '/login?tab=qr') {
  return page.goto(`${server.origin}${address}`, { waitUntil: 'commit' });
}

function counted(page) {
  const sockets = [];
  page.on('websocket', (socket) => sockets.push(socket));
  return sockets;
}

test('a code that comes before the page\'s own script is shown when that is there, on the same socket', async () => {
  const { page, release } = await held();
  const sockets = counted(page);
  const frames = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(payload))));
  await opening(page, here.server);
  await until('the first message', () => frames.length);
  assert.equal(await page.locator('.qr-box').count(), 0, 'nothing can show it yet');
  release();
  assert.equal(await codeShown(page), frames[0].short_code);
  assert.equal(await qrContent(page), frames[0].url);
  assert.match(await liveText(page), /二维码已显示/);
  assert.equal(sockets.length, 1);
});

test('a new browser sees the code that is in its page, whatever the socket does', async () => {
  const { page } = await here.open();
  const codes = [];
  let go;
  const gone = new Promise((resolve) => { go = resolve; });
  await page.routeWebSocket('**/ws/qr*', async (socket) => {
    await gone;
    socket.connectToServer().onMessage((message) => {
      codes.push(JSON.parse(message).short_code);
      socket.send(message);
    });
  });
  await opening(page, here.server);
  const shown = await codeShown(page);
  assert.deepEqual(codes, [], 'the socket said nothing yet');
  const scanned = await qrContent(page);
  go();
  await until('the socket', () => codes.length);
  assert.deepEqual(codes, [shown]);
  assert.equal(await qrContent(page), scanned);
  assert.equal(await page.locator('#panel-qr .banner').filter({ visible: true }).count(), 0);
});

test('a browser that was here before gets its code from the socket', async () => {
  const { page } = await here.open();
  await page.goto(`${here.server.origin}/login`);
  await opening(page, here.server);
  await codeShown(page);
  assert.equal(await page.locator('body[data-message]').count(), 0);
});

test('pages that show another tab open no socket; choosing the QR tab opens one', async () => {
  const { page } = await here.open();
  const sockets = counted(page);
  for (const address of ['/login', '/login?tab=password', '/login?tab=sms', '/login?tab=qrs']) {
    await page.goto(`${here.server.origin}${address}`, { waitUntil: 'networkidle' });
    assert.equal(await page.locator('#tab-qr').getAttribute('aria-selected'), 'false', address);
  }
  assert.equal(sockets.length, 0);
  await page.locator('#tab-qr').click();
  await codeShown(page);
  await page.reload();
  await codeShown(page);
  assert.equal(sockets.length, 2);
});

test('a socket that dies before the page\'s own script is replaced by events', async () => {
  const { page, release } = await held();
  let closed = 0;
  await page.routeWebSocket('**/ws/qr*', async (socket) => {
    await socket.close();
    closed += 1;
  });
  const events = page.waitForRequest('**/api/v1/qr/events*');
  await opening(page, here.server);
  await until('the dead socket', () => closed);
  release();
  await codeShown(page);
  await events;
  assert.equal(closed, 1);
});

test('a socket that spoke and died before the page\'s own script is opened anew', async () => {
  const { page, release } = await held();
  let opened = 0;
  let closed = false;
  await page.routeWebSocket('**/ws/qr*', (socket) => {
    opened += 1;
    const server = socket.connectToServer();
    if (opened > 1) return;
    server.onMessage(async (message) => {
      socket.send(message);
      await socket.close({ code: 1001 });
      await server.close();
      closed = true;
    });
  });
  await opening(page, here.server);
  await until('the message and the end', () => closed);
  release();
  await heading(page, '网络断开');
  await codeShown(page);
  assert.equal(opened, 2);
});

test('a full server that says so before the page\'s own script is there is waited for', async () => {
  const { page, release } = await held();
  let closed = false;
  await page.routeWebSocket('**/ws/qr*', async (socket) => {
    await socket.close({ code: 1013 });
    closed = true;
  });
  await opening(page, here.server);
  await until('the refusal', () => closed);
  release();
  await heading(page, '现在等待登录的人较多');
});

test('who chose large text on this device gets four times the time, also on the early socket', async () => {
  const { page } = await here.open();
  await page.goto(`${here.server.origin}/login`);
  await page.locator('#toggle-big').click();
  const asked = page.waitForEvent('websocket');
  await opening(page, here.server);
  assert.equal(new URL((await asked).url()).search, '?easy=1');
  await codeShown(page);
  assert.ok(await page.locator('#more-time').isChecked());
});

test('the English page with the QR tab is early too', async () => {
  const { page } = await here.open();
  const scripts = [];
  page.on('request', (request) => scripts.push(new URL(request.url()).pathname));
  await page.goto(`${here.server.origin}/login?tab=qr&lang=en`);
  await codeShown(page);
  assert.match(scripts.find((path) => path.endsWith('.js')), /^\/assets\/qr_tab-/);
  assert.ok(scripts.some((path) => path.startsWith('/assets/login-en-')));
});
