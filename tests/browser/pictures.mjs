// Makes docs/images/demo.png: the demo page in the middle of a login, as the README shows it.
//   QRGATE_BINARY=… node tests/browser/pictures.mjs [other file]
import { fileURLToPath } from 'node:url';
import { Server } from '../support/server.mjs';
import { until } from '../support/until.mjs';
import { openPage, startBrowser } from './support/browser.mjs';
import { fillCaptcha, view } from './support/phone_page.mjs';

const file = process.argv[2] ?? fileURLToPath(new URL('../../docs/images/demo.png', import.meta.url));
const PASSPHRASE = '802914';
const WIDTH = 1280;

const [server, browser] = await Promise.all([Server.start(), startBrowser()]);
try {
  const { page } = await openPage(browser, { viewport: { width: WIDTH, height: 2000 } });
  await page.goto(`${server.origin}/demo`);
  const pc = page.frame({ url: /\/login/ });
  const phone = page.frame({ url: /\/phone/ });
  await page.locator('#people li').first().waitFor();
  await view(phone, 'login');
  await page.locator('#fill-first').click();
  await fillCaptcha(phone);
  await phone.locator('#view button[type=submit]').click();
  await phone.locator('#view[data-view=home] button.primary').click();
  await phone.locator('#view[data-view=certificates] button.primary').click();
  await page.locator('#outbox button').first().click();
  await until('the code', () => phone.locator('#sms_code').inputValue());
  await phone.locator('#passphrase').fill(PASSPHRASE);
  await phone.locator('#view button[type=submit]').click();
  await phone.locator('dialog #passphrase_again').fill(PASSPHRASE);
  await phone.locator('dialog button[type=submit]').click();
  await phone.locator('#view[data-view=certificates] .certificates').waitFor();
  await page.locator('#hand-over').click();
  await view(phone, 'review');
  await pc.locator('#panel-qr h2').waitFor();
  await phone.locator('#passphrase').fill(PASSPHRASE);
  await phone.locator('#view button[type=submit]:not([aria-disabled])').waitFor();
  await page.evaluate(() => document.activeElement.blur());
  await page.evaluate(() => scrollTo(0, 0));
  const { y, height } = await page.locator('.desk').boundingBox();
  await page.screenshot({ path: file, clip: { x: 0, y: y - 8, width: WIDTH, height: height + 24 } });
} finally {
  await browser.close();
  await server.stop();
}
