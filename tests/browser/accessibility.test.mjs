// axe-core on every page and state in both languages, at phone width too; and no page wider than 320 px.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityFaults } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { captchaShown, codeShown, fillPassword, heading, logInByPassword, onAccount, openPasswordTab, openQrTab } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { confirm, deny, goHome, logInOnPhone, makeCertificate, PHONE, typeCode, view } from './support/phone_page.mjs';

const { lin, hao } = people;
const here = house();
const LANGUAGES = { 'zh-CN': 'zh-CN', 'en-US': 'en' };
const NARROW = { width: 320, height: 640 };

// Clean as it is shown, and no sideways scroll at 320 px, also with large text.
async function clean(page, state) {
  assert.deepEqual(await accessibilityFaults(page), [], state);
  const size = page.viewportSize();
  await page.setViewportSize(NARROW);
  for (const big of [false, true]) {
    await page.evaluate((on) => document.documentElement.classList.toggle('big', on), big);
    const [wide, widest] = await page.evaluate(() => {
      const most = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > 321 && e.offsetParent);
      return [document.documentElement.scrollWidth, most.map((e) => `${e.tagName}.${e.className}#${e.id}`).join(' ')];
    });
    assert.ok(wide <= NARROW.width, `${state}${big ? ', large text' : ''}: ${wide} px wide: ${widest}`);
  }
  await page.evaluate(() => document.documentElement.classList.remove('big'));
  await page.setViewportSize(size);
}

for (const [locale, lang] of Object.entries(LANGUAGES)) {
  test(`${lang}: the password tab, empty and with errors`, async () => {
    const { page } = await here.open({ locale });
    await openPasswordTab(page, here.server);
    assert.equal(await page.locator('html').getAttribute('lang'), lang);
    await clean(page, 'empty');
    await page.locator('#log-in').click();
    await page.locator('#problem:not([hidden])').waitFor();
    await clean(page, 'nothing filled in');
    await fillPassword(page, here.server, lin, { password: 'wrong', captcha: await captchaShown(page, here.server) });
    await page.locator('#password').fill('ｗrong');
    await page.locator('#log-in').click();
    await page.locator('#password-width:not(:empty)').waitFor();
    await clean(page, 'refused');
  });

  test(`${lang}: the QR tab, waiting, rotated, over, superseded`, async () => {
    const { page, context } = await here.open({ locale });
    await openQrTab(page, here.server);
    await clean(page, 'a code');
    const second = await context.newPage();
    await openQrTab(second, here.server);
    await page.locator('.qr-over button').waitFor();
    await clean(page, 'superseded');
    await here.server.advance(301);
    await second.locator('.qr-over button').waitFor();
    await clean(second, 'over');
  });

  test(`${lang}: the account page, alone and with another device`, async () => {
    const first = await here.open({ locale });
    await logInByPassword(first.page, here.server, lin);
    const { page } = await here.open({ locale });
    await logInByPassword(page, here.server, lin);
    await page.locator('#sessions li button').first().waitFor();
    await clean(page, 'two sessions');
    await page.locator('#end-others').click();
    await page.locator('#end-others').waitFor({ state: 'hidden' });
    await clean(page, 'one session');
  });

  test(`${lang}: the phone's views and the PC beside them, through a login`, async () => {
    const { page: phone } = await here.open({ ...PHONE, locale });
    await phone.goto(`${here.server.origin}/phone`);
    await phone.locator('img.captcha').waitFor();
    await clean(phone, 'login');
    await phone.locator('#view button[type=submit]').click();
    await phone.locator('.summary:not([hidden])').waitFor();
    await clean(phone, 'login with errors');
    await logInOnPhone(phone, lin);
    await view(phone, 'home');
    await phone.locator('#view button.primary').waitFor();
    await clean(phone, 'home');
    await phone.locator('#view button.primary').click();
    await phone.locator('#view[data-view=certificates] button.primary').waitFor();
    await clean(phone, 'certificates, none yet');
    await phone.locator('#view button.primary').click();
    await view(phone, 'certificate');
    await clean(phone, 'certificate');
    await here.server.advance(61);
    await goHome(phone, here.server);
    await makeCertificate(phone, here.server, lin);
    await phone.locator('#view[data-view=home] button.primary').waitFor();
    await clean(phone, 'home with a certificate');

    const { page: pc } = await here.open({ locale });
    await openQrTab(pc, here.server);
    await phone.locator('#view[data-view=home] button.primary').click();
    await view(phone, 'scan');
    await clean(phone, 'scan');
    await goHome(phone, here.server);
    await typeCode(phone, await codeShown(pc));
    await view(phone, 'review');
    await clean(phone, 'review');
    await pc.locator('#panel-qr h2').waitFor();
    await clean(pc, 'scanned');
    await deny(phone);
    await phone.locator('#view[data-view=outcome] button.primary').waitFor();
    await clean(phone, 'denied');
    await codeShown(pc);
    await clean(pc, 'denied');

    await goHome(phone, here.server);
    await typeCode(phone, await codeShown(pc));
    await confirm(phone);
    await onAccount(pc);
    await phone.locator('#view[data-view=outcome] button.danger').waitFor();
    await clean(phone, 'redeemed');
    await clean(pc, 'account after QR');
  });

  test(`${lang}: what hao, of level 2, sees on the phone`, async () => {
    const { page } = await here.open({ ...PHONE, locale });
    await page.goto(`${here.server.origin}/phone`);
    await logInOnPhone(page, hao);
    await page.locator('#view[data-view=raise] button').nth(1).waitFor();
    await clean(page, 'the question to level 2');
    await page.locator('#view button').nth(1).click();
    await page.locator('#view[data-view=home] .banner.warn').waitFor();
    await clean(page, 'home of level 2');
  });

  test(`${lang}: the demo page`, async () => {
    const { page } = await here.open({ locale });
    await page.goto(`${here.server.origin}/demo`);
    await page.locator('#people li').first().waitFor();
    await page.frameLocator('#pc').locator('.short-code').waitFor();
    await clean(page, 'demo');
  });
}

test('high contrast, and the colours of the system, are clean too', async () => {
  const { page } = await here.open();
  await openPasswordTab(page, here.server);
  await page.locator('#toggle-contrast').click();
  await page.locator('#log-in').click();
  await clean(page, 'password tab, high contrast');
  await page.locator('#tab-qr').click();
  await codeShown(page);
  await clean(page, 'QR tab, high contrast');
  await page.locator('#toggle-contrast').click();
  await page.emulateMedia({ forcedColors: 'active' });
  await clean(page, 'QR tab, forced colours');
});

test('what happens is said in a live region that was there before', async () => {
  const { page } = await here.open();
  await openQrTab(page, here.server);
  const live = page.locator('#panel-qr [role=status]').first();
  assert.match(await live.textContent(), /二维码已显示.*[0-9A-Z]( [0-9A-Z]){7}/);
  await here.server.advance(301);
  await heading(page, '二维码已过期');
  assert.match(await live.textContent(), /刷新二维码/);
});
