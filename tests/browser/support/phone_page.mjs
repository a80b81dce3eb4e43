// What a person does on the H5 phone page, by ids and roles so that it works in both languages.
import { until } from '../../support/until.mjs';

export const PASSPHRASE = '392817';
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

// Chromium's virtual authenticator: a fingerprint reader that knows the finger, or does not.
export async function addFinger(page, recognised = true) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasUserVerification: true, hasResidentKey: true, isUserVerified: recognised, automaticPresenceSimulation: true },
  });
}

export async function view(page, name) {
  await page.locator(`#view[data-view=${name}]`).waitFor();
}

export async function logInOnPhone(page, person) {
  await view(page, 'login');
  await page.locator(`#kind-${person.kind}`).check();
  await page.locator('#identity_number').fill(person.identity_number);
  await page.locator('#password').fill(person.password);
  await fillCaptcha(page);
  await page.locator('#view button[type=submit]').click();
}

// By the button that only the demo has.
export async function fillCaptcha(page) {
  await page.locator('img.captcha').waitFor();
  await page.locator('button.demo').click();
  await until('the captcha', () => page.locator('#captcha').inputValue());
}

// The code of the newest text to this number, from the outbox.
export async function newestCode(server, number) {
  const answer = await fetch(`${server.origin}/demo/sms?phone=${number}`);
  const texts = await answer.json();
  return texts.map(({ text }) => /(?<!\d)\d{6}(?!\d)/.exec(text)?.[0]).find(Boolean);
}

// From home by 证书管理 to 证书下载, where the text is sent by itself; answers its code.
export async function openDownload(page, server, person) {
  await view(page, 'home');
  const before = await newestCode(server, person.phone);
  await page.locator('#view[data-view=home] button.primary').click();
  await page.locator('#view[data-view=certificates] button.primary').click();
  await view(page, 'certificate');
  return until('the text', async () => {
    const newest = await newestCode(server, person.phone);
    return newest === before ? '' : newest;
  });
}

// “请输入数字密码”: the passphrase once more.
export async function enterAgain(page, passphrase = PASSPHRASE) {
  await page.locator('dialog #passphrase_again').fill(passphrase);
  await page.locator('dialog button[type=submit]').click();
}

// From home to home, with a certificate; with a login code waiting, to what it asks for.
export async function makeCertificate(page, server, person) {
  await page.locator('#sms_code').fill(await openDownload(page, server, person));
  await page.locator('#passphrase').fill(PASSPHRASE);
  await page.locator('#view button[type=submit]').click();
  await enterAgain(page);
  await page.locator('#view:not([data-view=certificate])').waitFor();
  if (await page.locator('#view').getAttribute('data-view') === 'certificates') await backHome(page);
}

export async function backHome(page) {
  await page.locator('#view[data-view=certificates] .end button').click();
  await view(page, 'home');
}

export async function readyPhonePage(page, server, person) {
  await page.goto(`${server.origin}/phone`);
  await logInOnPhone(page, person);
  await makeCertificate(page, server, person);
  await view(page, 'home');
}

export async function typeCode(page, code) {
  await page.locator('#view[data-view=home] button.primary').click();
  await view(page, 'scan');
  await page.locator('#short_code').fill(code);
  await page.locator('#view button[type=submit]').click();
}

// Three seconds are for looking at what is confirmed: the page opens the button by itself.
export async function confirm(page, passphrase = PASSPHRASE) {
  await view(page, 'review');
  await page.locator('#passphrase').fill(passphrase);
  await page.locator('#view button[type=submit]:not([aria-disabled])').click();
}

export async function deny(page) {
  await view(page, 'review');
  await page.locator('#view button.danger').click();
}

export async function goHome(page, server) {
  await page.goto(`${server.origin}/phone`);
  await view(page, 'home');
}
