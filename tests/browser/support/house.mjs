// What every test file of the pages begins with: one server, one Chromium, people's browsers that are closed after each
// test. A test during which a page had an error, or asked for something its policy refuses, has failed.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { Server } from '../../support/server.mjs';
import { openPage, startBrowser } from './browser.mjs';

const MOST_WORDS = 600;
const LOG_LINES = 12;

async function whatIsShown(page) {
  const words = await page.locator('body').innerText({ timeout: 2000 }).catch((error) => error.message);
  return `${page.url()}: ${words.replace(/\s+/g, ' ').slice(0, MOST_WORDS)}`;
}

// `prepare` runs once, when both are there.
export function house(prepare = async () => {}) {
  const opened = [];
  const here = {
    server: undefined,
    browser: undefined,
    // A person's browser with an open page; `kept` stays until the file ends.
    async open({ kept = false, ...options } = {}) {
      const visit = await openPage(here.browser, options);
      opened.push({ ...visit, kept });
      return visit;
    },
  };
  before(async () => {
    [here.server, here.browser] = await Promise.all([Server.start(), startBrowser()]);
    await prepare();
  });
  afterEach(async (test) => {
    if (test.passed === false) {
      for (const { context } of opened) {
        for (const page of context.pages()) test.diagnostic(await whatIsShown(page));
      }
      for (const line of here.server?.log.split('\n').slice(-LOG_LINES) ?? []) test.diagnostic(line);
    }
    const troubles = opened.flatMap((visit) => visit.troubles.splice(0));
    const over = opened.filter((visit) => !visit.kept);
    opened.splice(0, opened.length, ...opened.filter((visit) => visit.kept));
    await Promise.all(over.map(({ context }) => context.close()));
    assert.deepEqual(troubles, []);
  });
  after(async () => {
    await here.browser?.close();
    assert.equal(await here.server?.stop(), 0);
  });
  return here;
}
