// What the tests of pages begin with: a fake server, a phone, and the usual ways through it.
import { afterEach, beforeEach } from 'node:test';
import { until } from '../../support/until.mjs';
import { built } from './built.mjs';
import { FakeServer, TOKEN } from './fake_server.mjs';
import { origin, Rendered } from './rendered.mjs';

export const PASSPHRASE = '392817';
const folder = await built();

// The server and the page of the test that runs.
export const now = { server: undefined, page: undefined };

beforeEach(() => Object.assign(now, { server: new FakeServer(), page: undefined }));
afterEach(() => now.page?.close());

export function open(name, more = {}) {
  now.page = Rendered.open(folder, name, { answer: now.server.answer, after: now.page, ...more });
  return now.page;
}

export async function loggedIn(more = {}) {
  open('login', more);
  await until('the captcha', () => now.page.page.data.picture !== '');
  now.page.type('#identity_number', '110101190001010014');
  now.page.type('#password', 'Demo#2026lin');
  now.page.type('#captcha', 'ab12');
  await until('what was typed', () => now.page.page.data.captcha === 'ab12');
  now.page.tap('#submit');
  await now.page.went(now.server.level < 3 ? 'redirectTo /pages/proofing/proofing' : 'reLaunch /pages/home/home');
}

export async function filledCertificateForm() {
  open('certificate');
  await now.page.says('短信验证码已发送');
  now.page.type('#code', '123456');
  now.page.type('#passphrase', PASSPHRASE);
  await until('what was typed', () => now.page.page.data.passphrase === PASSPHRASE);
  now.page.tap('#activate');
}

export async function typedAgain(passphrase = PASSPHRASE) {
  await now.page.says('请输入数字密码');
  now.page.type('#again', passphrase);
  await until('what was typed', () => now.page.page.data.again === passphrase);
  now.page.tap('#finish');
}

export async function withCertificate(more = {}) {
  await loggedIn(more);
  await filledCertificateForm();
  await typedAgain();
  await now.page.says('证书下载完成');
}

export async function reviewed(more = {}) {
  await withCertificate(more);
  open('scan', { query: { q: encodeURIComponent(`${origin}/s/${TOKEN}`) } });
  await now.page.went('redirectTo /pages/confirm/confirm');
  open('confirm');
  await now.page.says('要在这台电脑上登录吗');
}

export async function confirmed(passphrase = PASSPHRASE) {
  await now.page.says('现在可以确认登录');
  now.page.type('#passphrase', passphrase);
  await until('what was typed', () => now.page.page.data.passphrase === passphrase);
  now.page.tap('#confirm');
}
