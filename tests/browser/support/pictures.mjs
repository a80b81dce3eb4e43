// The pictures of docs/manual.md, made by the tests whose steps it tells:
//   QRGATE_PICTURES=$PWD/docs/images/manual QRGATE_BINARY=… node --test tests/browser/manual_*.test.mjs
// Without QRGATE_PICTURES nothing is written.
import fs from 'node:fs/promises';
import path from 'node:path';

export const PC_SIZE = { viewport: { width: 760, height: 640 } };
export const PHONE_SIZE = { viewport: { width: 390, height: 760 }, isMobile: true, hasTouch: true };

// `part`: what is shown, from a little above it; else the page from its beginning.
export async function picture(page, name, part) {
  const folder = process.env.QRGATE_PICTURES;
  if (!folder) return;
  await fs.mkdir(folder, { recursive: true });
  if (part) await part.evaluate((element) => scrollTo(0, element.getBoundingClientRect().top + scrollY - 24));
  else await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(folder, `${name}.png`), caret: 'hide' });
}
