// Chromium for one test file: a fresh profile, closed at the end. Every page's errors and refused resources
// (Content-Security-Policy) are collected; a test that ends with some has failed.
import { createRequire } from 'node:module';
import jsqr from 'jsqr';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export function startBrowser(executablePath = process.env.QRGATE_CHROMIUM ?? '/usr/bin/chromium', flags = []) {
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...flags] });
}

// A person's browser: own cookies. `troubles` lists what went wrong on its pages.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ locale: 'zh-CN', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(20_000);
  const troubles = [];
  await context.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`Content Security Policy: ${event.effectiveDirective} refused ${event.blockedURI || event.sample}`);
  }));
  context.on('weberror', (error) => troubles.push(`error: ${error.error().message}`));
  context.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) troubles.push(message.text());
  });
  const page = await context.newPage();
  return { page, context, troubles };
}

// What a phone's camera reads from this element as it is drawn.
export async function decodeQr(locator) {
  const { data, width, height } = PNG.sync.read(await locator.screenshot());
  const found = jsqr(new Uint8ClampedArray(data), width, height);
  if (!found) throw new Error(`no QR code in the picture (${width} x ${height})`);
  return found.data;
}

// What axe-core finds wrong, as lines; [] for a clean page. Runs in an isolated world: the page's policy stays on.
export async function accessibilityFaults(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const { readFile } = await import('node:fs/promises');
  await session.send('Runtime.evaluate', { expression: await readFile(AXE, 'utf8'), contextId });
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations, passes }) => ({ violations, checked: passes.length }))`,
    contextId, awaitPromise: true, returnByValue: true,
  });
  await session.detach();
  if (exceptionDetails) throw new Error(`axe-core: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  if (result.value.checked === 0) throw new Error('axe-core checked nothing');
  return result.value.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}
