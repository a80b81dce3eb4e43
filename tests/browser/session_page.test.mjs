// The page after a login: who, until when, on which devices; ending and extending.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import { house } from './support/house.mjs';
import { logInByPassword, session } from './support/pc.mjs';
import { people } from './support/people.mjs';

const { lin, zhao, qian, gongsi } = people;
const here = house();

async function loggedIn(person, options) {
  const { page, context } = await here.open(options);
  await logInByPassword(page, here.server, person);
  await page.locator('#sessions li').first().waitFor();
  return { page, context };
}

const count = (page, n) => until(`a list of ${n}`, async () => (await page.locator('#sessions li').count()) === n);

test('the session is shown with a masked name, its level, its way and its end', async () => {
  const { page } = await loggedIn(lin);
  const { person } = await session(page, here.server);
  const shown = await page.locator('#session').innerText();
  assert.match(person.name_masked, /\*/);
  assert.ok(shown.includes(person.name_masked), shown);
  for (const words of ['个人用户', 'L3', '用户名登录']) assert.ok(shown.includes(words), shown);
  assert.ok(!(await page.content()).includes(lin.identity_number), 'the number is not on the page');
  const row = await page.locator('#sessions li').innerText();
  assert.match(row, /本机/);
  assert.match(row, /Chrome/);
});

test('another device is listed and can be ended', async () => {
  const other = await loggedIn(zhao);
  const { page } = await loggedIn(zhao);
  await count(page, 2);
  await page.getByRole('button', { name: /结束这个登录/ }).click();
  await count(page, 1);
  assert.equal(await page.locator('#status').textContent(), '已结束');
  assert.equal(await session(other.page, here.server), undefined);
  await other.page.reload();
  await other.page.waitForURL((url) => url.pathname === '/login');
});

test('all others are ended at once', async () => {
  const others = [await loggedIn(qian), await loggedIn(qian)];
  const { page } = await loggedIn(qian);
  await count(page, 3);
  await page.locator('#end-others').click();
  await count(page, 1);
  assert.ok(await page.locator('#end-others').isHidden());
  for (const other of others) assert.equal(await session(other.page, here.server), undefined);
  assert.ok(await session(page, here.server));
});

test('logging out ends the session and leads to the login page; the address leads there too', async () => {
  const { page } = await loggedIn(lin);
  await page.locator('#log-out').click();
  await page.waitForURL((url) => url.pathname === '/login');
  assert.equal(await session(page, here.server), undefined);
  await page.goto(`${here.server.origin}/account`);
  await page.waitForURL((url) => url.pathname === '/login');
});

// The demo clock moves the server's time, Playwright's the page's: together half an hour without a sign of life.
async function pass(page, seconds) {
  await here.server.advance(seconds);
  await page.clock.fastForward(seconds * 1000);
}

test('a minute before the end the page warns, and one press stays logged in', async () => {
  const { page } = await here.open();
  await page.clock.install();
  await logInByPassword(page, here.server, gongsi);
  const before = (await session(page, here.server)).expires_at;
  await page.locator('#sessions li').first().waitFor();
  await pass(page, 29 * 60 - 10);
  await page.clock.runFor(1000);
  assert.equal(await page.locator('#ending').textContent(), '', 'not yet');
  await pass(page, 30);
  await page.clock.runFor(1000);
  await page.locator('#ending button').waitFor();
  assert.match(await page.locator('#ending').innerText(), /秒后结束/);
  await page.locator('#ending button').click();
  await until('the extension', async () => /已延长/.test(await page.locator('#status').textContent()));
  assert.equal(await page.locator('#ending').textContent(), '');
  assert.ok((await session(page, here.server)).expires_at > before);
});

test('a session that ended leads to the login page by itself', async () => {
  const { page } = await here.open();
  await page.clock.install();
  await logInByPassword(page, here.server, gongsi);
  await page.locator('#sessions li').first().waitFor();
  await pass(page, 31 * 60);
  await page.clock.runFor(1000);
  await page.waitForURL((url) => url.pathname === '/login');
  assert.equal(await session(page, here.server), undefined);
});
