// P11: what the login page weighs as it is served, and how soon its QR code can be seen.
import http from 'node:http';
import { chromium } from 'playwright-core';
import { withServer } from '../servers.mjs';
import { figure, median, range, shown, verdict } from './judge.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const NAVIGATIONS = 20;
const QR_WITHIN_MS = 300;
const KB = 1000;
const LIMITS_KB = { HTML: 3, CSS: 3, JS: 8 };

// The octets of a body as they travel to a browser that takes brotli.
function served(url) {
  return new Promise((resolve, reject) => {
    http.get(url, { headers: { 'accept-encoding': 'br' } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode, encoding: answer.headers['content-encoding'] ?? 'none', body: Buffer.concat(parts) }));
    }).on('error', reject);
  });
}

function kindOf(type = '') {
  if (type.includes('html')) return 'HTML';
  if (type.includes('css')) return 'CSS';
  if (type.includes('javascript')) return 'JS';
  return type.split(';')[0];
}

async function weigh(addresses) {
  const total = {};
  const plain = [];
  for (const { url, kind } of addresses) {
    const { body, encoding, status } = await served(url);
    if (status !== 200) throw new Error(`${new URL(url).pathname} answered ${status}`);
    if (encoding !== 'br') plain.push(`${new URL(url).pathname} was not compressed by brotli`);
    total[kind] = (total[kind] ?? 0) + body.length / KB;
  }
  return { total, plain };
}

// What a fresh browser asks for at this address until the network is quiet; data and API answers do not count.
async function loadedBy(browser, url) {
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await context.newPage();
  const found = new Map();
  page.on('response', (answer) => {
    const { pathname } = new URL(answer.url());
    if (!answer.url().startsWith('http') || pathname.startsWith('/api/')) return;
    found.set(answer.url(), { url: answer.url(), kind: kindOf(answer.headers()['content-type']) });
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  await context.close();
  return [...found.values()];
}

// In the page itself: milliseconds from the start of the navigation until the frame that shows the QR code.
function watchForCode() {
  const look = () => {
    const picture = document.querySelector('.qr-box:not(.grey) svg');
    if (!picture?.getBoundingClientRect().width) return false;
    requestAnimationFrame(() => setTimeout(() => performance.mark('qr-visible')));
    return true;
  };
  const watcher = new MutationObserver(() => look() && watcher.disconnect());
  watcher.observe(document, { childList: true, subtree: true, attributes: true });
}

async function timeToCode(browser, url) {
  const context = await browser.newContext({ locale: 'zh-CN', reducedMotion: 'reduce' });
  await context.addInitScript(watchForCode);
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => performance.getEntriesByName('qr-visible').length > 0, undefined, { timeout: 10_000 });
  const at = await page.evaluate(() => performance.getEntriesByName('qr-visible')[0].startTime);
  await context.close();
  return at;
}

async function measureAt(run, browser, url) {
  const first = await loadedBy(browser, `${url}/login`);
  const withCode = await loadedBy(browser, `${url}/login?tab=qr`);
  const known = new Set(first.map((one) => new URL(one.url).pathname));
  const later = withCode.filter((one) => !known.has(new URL(one.url).pathname));
  const { total, plain } = await weigh(first.filter(({ kind }) => kind in LIMITS_KB));
  const chunk = await weigh(later);
  const times = [];
  for (let n = 0; n < NAVIGATIONS; n += 1) times.push(await timeToCode(browser, `${url}/login?tab=qr`));
  run.point('pages', { ...total, qr_chunk: Object.values(chunk.total).reduce((sum, size) => sum + size, 0), times });
  return { total, chunk: chunk.total, plain: [...plain, ...chunk.plain], others: first.filter(({ kind }) => !(kind in LIMITS_KB)), times };
}

export const goal = {
  id: 'P11',
  title: 'pages',
  goal: 'login page ≤ 14 kB brotli (HTML 3, CSS 3, JS 8), QR drawing ≤ 5 kB in a second chunk, no font; QR visible ≤ 300 ms after navigation',
  async measure(run) {
    const browser = await chromium.launch({ executablePath: process.env.QRGATE_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS });
    run.peer('chromium', `chromium ${browser.version()}`);
    let found;
    try {
      found = await withServer({}, (server) => measureAt(run, browser, server.url));
    } finally {
      await browser.close();
    }
    const sum = (sizes) => Object.values(sizes).reduce((all, size) => all + size, 0);
    const [least, most] = range(found.times);
    const fonts = found.others.filter(({ kind }) => kind.startsWith('font'));
    return verdict('P11', [
      figure('QR visible', median(found.times), { atMost: QR_WITHIN_MS, unit: 'ms' }),
      figure('first load', sum(found.total), { atMost: sum(LIMITS_KB), unit: 'kB' }),
      ...Object.entries(LIMITS_KB).map(([kind, limit]) => figure(kind, found.total[kind] ?? 0, { atMost: limit, unit: 'kB' })),
      figure('QR drawing', sum(found.chunk), { atMost: 5, unit: 'kB' }),
      figure('fonts', fonts.length, { atMost: 0 }),
    ], [`median of ${NAVIGATIONS}, from ${shown(least)} to ${shown(most)} ms`, ...found.plain]);
  },
};
