// Login, home, account as a person meets them: drawn by WeChat's component engine, tapped, read. The server is a fake one
// that verifies signatures; end_to_end.test.mjs has the real one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import { loggedIn, now, open, withCertificate } from './support/walk.mjs';

test('the login names what is wrong with each field and sends nothing', async () => {
  open('login');
  await until('the captcha', () => now.page.page.data.picture !== '');
  now.page.type('#identity_number', '１１０101');
  await until('what was typed', () => now.page.page.data.identity_number !== '');
  now.page.tap('#submit');
  await now.page.says('身份证号应为 18 位，您输入了 6 位');

  assert.match(now.page.words, /请输入密码.*请输入验证码/);
  assert.deepEqual(now.server.called('POST phone/login'), []);
});

test('a refused login keeps what was typed and shows the fresh captcha that came with it', async () => {
  open('login');
  await until('the captcha', () => now.page.page.data.picture !== '');
  now.page.type('#identity_number', '110101190001010014');
  now.page.type('#password', 'wrong');
  now.page.type('#captcha', 'ab12');
  await until('what was typed', () => now.page.page.data.captcha === 'ab12');
  now.server.says['POST phone/login'] = {
    status: 401,
    body: { error: { code: 'credentials_wrong', message: '用户名或密码错误' }, captcha: { id: 'fresh', image: 'data:image/png;base64,BBBB', expires_in: 600 } },
  };
  now.page.tap('#submit');
  await now.page.says('用户名或密码错误');

  const { identity_number, password, captcha, picture } = now.page.page.data;
  assert.deepEqual([identity_number, password, captcha, picture], ['110101190001010014', 'wrong', '', 'data:image/png;base64,BBBB']);
});

test('a login carries the device value and is kept with its token', async () => {
  await loggedIn();

  const [{ body }] = now.server.called('POST phone/login');
  assert.equal(body.device, now.page.wx.kept.get('qrgate.device'));
  assert.equal(JSON.parse(now.page.wx.kept.get('qrgate.login')).token, 'token-1');
});

test('home without a certificate offers the download and no scan button', async () => {
  await loggedIn();
  open('home');
  await now.page.says('林*');

  assert.deepEqual([now.page.has('#scan'), now.page.has('#download')], [false, true]);
});

test('home with a certificate on this phone has the scan button', async () => {
  await withCertificate();
  open('home');
  await now.page.says('扫码登录');

  assert.deepEqual([now.page.has('#scan'), now.page.has('#download')], [true, false]);
  now.page.tap('#scan');
  await now.page.went('navigateTo /pages/scan/scan');
});

test('a certificate of another phone gives no scan button', async () => {
  await loggedIn();
  now.server.certificates = [{ serial: 'ffff', state: 'active' }];
  open('home');
  await now.page.says('林*');

  assert.equal(now.page.has('#scan'), false);
});

test('a disabled certificate takes the scan button away', async () => {
  await withCertificate();
  now.server.certificates[0].state = 'disabled';
  open('home');
  await now.page.says('林*');

  assert.equal(now.page.has('#scan'), false);
});

test('a login below level 3 leads to the face check, and home offers it again', async () => {
  now.server.level = 2;
  await loggedIn();
  assert.equal(now.page.wx.went.at(-1), 'redirectTo /pages/proofing/proofing');
  open('home');
  await now.page.says('您的用户等级不符合要求');

  assert.deepEqual([now.page.has('#proofing'), now.page.has('#scan'), now.page.has('#download')], [true, false, false]);
  now.page.tap('#proofing');
  await now.page.went('navigateTo /pages/proofing/proofing');
});

test('a login that is over leads back to the login with a word', async () => {
  await loggedIn();
  now.server.says['GET phone/me'] = { status: 401, body: { error: { code: 'token_missing', message: '' } } };
  open('home');
  await now.page.went('reLaunch /pages/login/login');

  assert.equal(now.page.wx.kept.has('qrgate.login'), false);
});

test('the account page ends a PC login only after asking', async () => {
  await loggedIn();
  now.server.sessions = [{ id: 'session-9', method: 'qr', browser: 'Firefox on Linux', address: '198.51.100.7', place: '上海', opened_at: '2026-11-22T08:00:00Z' }];
  open('account');
  await now.page.says('Firefox on Linux · 上海 · 198.51.100.7');
  now.page.tap('.ask');
  await now.page.says('让这台电脑立即退出您的账户吗');
  assert.equal(now.server.sessions.length, 1);
  now.page.tap('.undo');
  await now.page.says('那台电脑已退出');

  assert.equal(now.server.sessions.length, 0);
});

test('large text of WeChat and 大字 make the words larger and the targets 60 px', async () => {
  await loggedIn({ scale: 1.4 });
  open('account');
  await now.page.says('正在登录的电脑');
  assert.deepEqual([now.page.page.data.page_class, now.page.page.data.page_style], ['page easy', 'font-size:25px']);
  now.page.tap('#easy');
  await until('larger', () => now.page.page.data.page_style === 'font-size:27px');

  assert.equal(now.page.wx.kept.get('qrgate.easy'), '1');
});

test('WeChat in English speaks English', async () => {
  open('login', { language: 'en' });
  await now.page.says('Password');

  assert.doesNotMatch(now.page.words, /[\u4e00-\u9fff]/);
});

test('without network the page says so and offers to try again', async () => {
  await loggedIn();
  now.server.says['GET phone/me'] = 'no network';
  open('home');
  await now.page.says('网络没有连通');
  await now.page.says('重新读取');
});
