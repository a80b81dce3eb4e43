// What a person does on the PC: the password form, and the QR tab with its picture read as a camera would.
import { until } from '../../support/until.mjs';
import { decodeQr } from './browser.mjs';

export async function openPasswordTab(page, server, query = '') {
  await page.goto(`${server.origin}/login${query}`);
  await page.locator('#captcha-picture img').waitFor();
}

// Fills in all but what `changed` says otherwise; the captcha is the one the page shows now.
export async function fillPassword(page, server, person, changed = {}) {
  const { kind, identity_number, password, captcha } = { ...person, ...changed };
  await page.locator(`input[name=kind][value=${kind}]`).check();
  await page.locator('#identity_number').fill(identity_number);
  await page.locator('#password').fill(password);
  await page.locator('#captcha').fill(captcha ?? await captchaShown(page, server));
}

export async function captchaShown(page, server) {
  return server.captchaAnswer(await page.locator('#captcha_id').inputValue());
}

export async function logInByPassword(page, server, person) {
  await openPasswordTab(page, server);
  await fillPassword(page, server, person);
  await page.locator('#log-in').click();
  await onAccount(page);
}

export async function onAccount(page) {
  await page.waitForURL((url) => url.pathname === '/account');
  await page.locator('#session dd').first().waitFor();
}

// Opens the QR tab; `frames` collects what the server says to this browser.
export async function openQrTab(page, server, query = '') {
  const frames = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(payload))));
  await page.goto(`${server.origin}/login?tab=qr${query}`);
  await codeShown(page); // it may have been in the page
  await until('the first message', () => frames.length);
  return frames;
}

export async function codeShown(page) {
  await page.locator('.qr-box:not(.grey) svg').waitFor();
  return page.locator('.short-code').innerText();
}

// The address in the QR code, read from the picture on the screen.
export function qrContent(page) {
  return decodeQr(page.locator('.qr-box svg'));
}

export async function heading(page, text) {
  await page.locator('#panel-qr h2, #panel-qr strong, #panel-qr .banner').filter({ hasText: text }).first().waitFor();
}

export function liveText(page) {
  return page.locator('#panel-qr [role=status]').textContent();
}

export function newCode(page, old) {
  return until('another code', async () => {
    const code = await page.locator('.short-code').innerText().catch(() => '');
    return code !== '' && code !== old ? code : '';
  });
}

// GET /api/v1/session with this page's cookies.
export async function session(page, server) {
  const answer = await page.context().request.get(`${server.origin}/api/v1/session`);
  return answer.ok() ? answer.json() : undefined;
}
