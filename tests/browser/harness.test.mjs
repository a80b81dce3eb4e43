// Tests of the harness: a harness that cannot fail would make every test above it worthless.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tokenOf } from '../support/phone.mjs';
import { Server } from '../support/server.mjs';
import { accessibilityFaults, decodeQr, openPage, startBrowser } from './support/browser.mjs';

const fake = fileURLToPath(new URL('support/fake_qrgate.mjs', import.meta.url));
const starts = async (server) => (await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).length;

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

test('a server is ready when start returns, and leaves neither process nor data', async () => {
  const server = await Server.start(fake);
  assert.equal(await starts(server), 1);
  assert.equal(await server.stop(), 0);
  assert.equal(existsSync(server.data), false);
  await assert.rejects(starts(server));
});

test('a restart keeps port and data, also after SIGKILL', async () => {
  const server = await Server.start(fake);
  try {
    assert.equal(await server.restart('SIGKILL'), 'SIGKILL');
    assert.equal(await starts(server), 2);
  } finally {
    await server.stop();
  }
});

test('two servers run beside each other', async () => {
  const servers = await Promise.all([Server.start(fake), Server.start(fake)]);
  assert.notEqual(servers[0].port, servers[1].port);
  await Promise.all(servers.map((server) => server.stop()));
});

test('a server that ends at once is reported with its log', async () => {
  await assert.rejects(Server.start(fake, ['--end-at-once']), /ended \(3\)[^]*fake qrgate serve --demo/);
});

test('a binary that is not there is reported', async () => {
  await assert.rejects(Server.start('/nowhere/qrgate'), /ENOENT/);
});

test('accessibility faults of a page are found, and none on a good one', async () => {
  const { page, context } = await openPage(browser);
  await page.setContent('<!doctype html><html lang="zh-CN"><title>页</title><main><h1>页</h1><img src="data:,"></main></html>');
  assert.match((await accessibilityFaults(page)).join('\n'), /image-alt/);
  await page.setContent('<!doctype html><html lang="zh-CN"><title>页</title><main><h1>页</h1><p>好</p></main></html>');
  assert.deepEqual(await accessibilityFaults(page), []);
  await context.close();
});

test('an error of a page is a trouble', async () => {
  const { page, context, troubles } = await openPage(browser);
  const thrown = page.waitForEvent('pageerror');
  await page.setContent('<script>setTimeout(() => { throw new Error("oops") })</script>');
  await thrown;
  assert.match(troubles.join('\n'), /oops/);
  await context.close();
});

test('what the policy of a page refuses is a trouble', async () => {
  const { page, context, troubles } = await openPage(browser);
  await page.route('http://localhost/**', (route) => route.fulfill({
    contentType: 'text/html', headers: { 'content-security-policy': "img-src 'none'" }, body: '<img alt="" src="/x.png">',
  }));
  const refused = page.waitForEvent('console', (message) => message.text() === 'Content Security Policy: img-src refused http://localhost/x.png');
  await page.goto('http://localhost/');
  await refused;
  assert.match(troubles.join('\n'), /img-src/);
  await context.close();
});

test('Chinese is drawn with a font that has it', async () => {
  const { page, context } = await openPage(browser);
  const picture = async (text) => {
    await page.setContent(`<p style="font-size:40px; width:50px">${text}</p>`);
    return (await page.locator('p').screenshot()).toString('base64');
  };
  assert.notEqual(await picture('扫'), await picture('码')); // without a font both are the same box
  await context.close();
});

test('a picture without a QR code is reported', async () => {
  const { page, context } = await openPage(browser);
  await page.setContent('<p>no code here</p>');
  await assert.rejects(decodeQr(page.locator('p')), /no QR code/);
  await context.close();
});

test('only the address of a ticket has a token', () => {
  assert.equal(tokenOf('http://localhost:8080/s/abc'), 'abc');
  assert.throws(() => tokenOf('http://localhost:8080/login'));
});
