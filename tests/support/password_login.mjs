import assert from 'node:assert/strict';
import { freshBrowser, logIn } from '../outside_client/password.mjs';

// A browser of their own in which somebody tries to log in, and what it is answered.
export async function passwordLogin(origin, person) {
  const browser = await freshBrowser(origin);
  return { browser, answer: await logIn(browser, person) };
}

// A browser in which this person is logged in.
export async function loggedIn(origin, person) {
  const { browser, answer } = await passwordLogin(origin, person);
  assert.equal(answer.status, 200, answer.text);
  return browser;
}

// A try where captchas are off (`serve --bench --set login.captcha=off`).
export function logInWithoutCaptcha(browser, { kind, identity_number, password }) {
  return browser.call('POST', '/api/v1/login/password', { kind, identity_number, password, captcha_id: '', captcha: '' });
}

export const wrongly = (person) => ({ ...person, password: 'Wrong#2026x' });
