// People who are not there yet, and what the registration and reset pages do with codes.
import { withCheckCharacter } from '../../outside_client/identity_number.mjs';
import { until } from '../../support/until.mjs';
import { captchaShown } from './pc.mjs';
import { newestCode } from './phone_page.mjs';

const CREDIT = '0123456789ABCDEFGHJKLMNPQRTUWXY';
let number = 0;

// A citizen born on 1990-03-07 whom no test had before.
export function freshPerson() {
  const seventeen = `11010119900307${String(500 + ++number).padStart(3, '0')}`;
  return {
    kind: 'personal', identity_number: withCheckCharacter(seventeen), name: '王小五',
    phone: `137${String(number).padStart(8, '0')}`, password: 'Reise#2026x',
  };
}

// GB 32100.
export function freshCompany() {
  const seventeen = `91110000DEM${String(100 + ++number).padStart(6, '0')}`;
  let sum = 0;
  let weight = 1;
  for (const c of seventeen) {
    sum += CREDIT.indexOf(c) * weight;
    weight = weight * 3 % 31;
  }
  return {
    kind: 'corporate', identity_number: seventeen + CREDIT[(31 - sum % 31) % 31], name: '北京某某辅具有限公司',
    phone: `137${String(number).padStart(8, '0')}`, password: 'Reise#2026y',
  };
}

export async function fillApplicant(page, server, who) {
  await page.locator(`input[name=kind][value=${who.kind}]`).check();
  await page.locator('#identity_number').fill(who.identity_number);
  await page.locator('#name').fill(who.name);
  await page.locator('#phone').fill(who.phone);
  await page.locator('#captcha').fill(await captchaShown(page, server));
}

export async function step(page, name) {
  await page.locator(`#step-${name}:not([hidden])`).waitFor();
}

export async function sendCode(page) {
  await page.locator('#send-code').click();
  await step(page, 'code');
}

// The six digits of the newest text to this phone.
export function codeSentTo(server, phone) {
  return until('the text', () => newestCode(server, phone));
}

// The second step of both pages: the code of the text, and a password.
export async function codeAndPassword(page, server, phone, password) {
  await page.locator('#code').fill(await codeSentTo(server, phone));
  await page.locator('#password').fill(password);
  await page.locator('#finish').click();
}

// `meanwhile`: what happens when the code was sent and nothing is typed yet.
export async function register(page, server, who, meanwhile = async () => {}) {
  await fillApplicant(page, server, who);
  await sendCode(page);
  await meanwhile();
  await codeAndPassword(page, server, who.phone, who.password);
  await step(page, 'done');
}

// The first step of 重置密码.
export async function fillOwner(page, server, who) {
  await page.locator('#captcha-picture img').waitFor();
  await page.locator(`input[name=kind][value=${who.kind}]`).check();
  await page.locator('#identity_number').fill(who.identity_number);
  await page.locator('#captcha').fill(await captchaShown(page, server));
}

// What the error summary of these pages, and of the password form, says.
export async function problemShown(page) {
  await page.locator('#problem:not([hidden])').waitFor();
  return page.locator('#problem-list').innerText();
}
