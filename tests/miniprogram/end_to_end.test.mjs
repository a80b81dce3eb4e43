// The built mini-program, without DOM and WebCrypto, against a real qrgate: lin logs in, makes a certificate, scans a
// PC's code and confirms; the PC is in. Then the same with the other ways a code comes, and the refusals.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Demo, people } from '../outside_client/demo.mjs';
import { exchange } from '../outside_client/http.mjs';
import { openTicket, PASSPHRASE } from '../outside_client/qr.mjs';
import { until } from '../support/until.mjs';
import { Server } from '../support/server.mjs';
import { built } from './support/built.mjs';
import { Device } from './support/device.mjs';

let folder;
let server;
let demo;
let phone; // lin's, with a certificate
const sockets = [];

before(async () => {
  [folder, server] = await Promise.all([built(), Server.start()]);
  demo = new Demo(server.origin);
});
afterEach(() => sockets.splice(0).forEach((socket) => socket.close()));
after(async () => assert.equal(await server?.stop(), 0));

// wx.request over real HTTP; a mini-program sends WeChat's own Referer and no Origin.
async function overHttp({ method, path, header, body }) {
  const headers = { ...header, referer: 'https://servicewechat.com/wx0123456789abcdef/1/page-frame.html' };
  const answer = await exchange(server.origin, method, path, { headers, body });
  return { status: answer.status, body: answer.text };
}

function newDevice(more = {}) {
  return new Device(folder, { origin: server.origin, answer: overHttp, ...more }).load();
}

async function pc() {
  const made = await openTicket(server.origin);
  sockets.push(made.socket);
  return made;
}

const at = (device, route) => until(`page ${route}`, () => device.page?.route === `pages/${route}/${route}`);
const has = (device, what, look) => until(what, () => look(device.page.data));

async function logIn(device, person) {
  device.open('pages/login/login');
  await has(device, 'the captcha', ({ picture }) => picture !== '');
  const asked = device.wx.calls.findLast(({ path }) => path === '/api/v1/phone/captcha');
  assert.match(JSON.parse(asked.body).device, /^[0-9A-Za-z_-]{22}$/);
  // The id never leaves the page: the newest captcha that the server made is taken from its answer.
  const answer = await exchange(server.origin, 'GET', `/demo/captcha/${device.captcha_id}`);
  if (person.kind === 'corporate') device.page.chooseKind({ detail: { value: 'corporate' } });
  device.type('identity_number', person.identity_number.toLowerCase());
  device.type('password', person.password);
  device.type('captcha', answer.json.answer);
  await device.tap('submit');
}

// Notes the id of each captcha, and what was answered, as it passes by.
function noting(device) {
  const { request } = device.wx;
  device.wx.request = (wish) => request({
    ...wish,
    success: (answer) => {
      const call = device.wx.calls.findLast(({ path }) => wish.url.endsWith(path));
      if (answer.data.startsWith('{')) call.answer = JSON.parse(answer.data);
      const id = /"id":"([^"]+)","image"|"captcha":\{"id":"([^"]+)"/.exec(answer.data ?? '');
      if (id) device.captcha_id = id[1] ?? id[2];
      wish.success(answer);
    },
  });
  return device;
}

async function makeCertificate(device, person) {
  device.open('pages/home/home');
  await has(device, 'home', ({ loading }) => !loading);
  assert.equal(device.page.data.can_scan, false);
  device.tap('download');
  await at(device, 'certificate');
  await has(device, 'the text message', ({ sent }) => sent.includes('已发送'));
  device.type('code', await demo.smsCode(person.phone));
  device.type('passphrase', PASSPHRASE);
  await device.tap('activate');
  assert.equal(device.page.data.at, 'again');
  device.type('again', PASSPHRASE);
  await device.tap('finish');
  assert.equal(device.page.data.problem, '');
  assert.equal(device.page.data.at, 'done');
}

// Typed, and the guard waited for: it is three seconds of a person's time, not a rule of the server's.
async function confirm(device) {
  await has(device, 'the review', ({ at: view, guard_open }) => view === 'review' && guard_open);
  device.type('passphrase', PASSPHRASE);
  await device.tap('confirm');
  await has(device, 'the outcome', ({ at: view }) => view === 'outcome');
}

test('lin logs in by password in the mini-program', async () => {
  phone = noting(newDevice());
  await logIn(phone, people.lin);
  await at(phone, 'home');
  await has(phone, 'home', ({ loading }) => !loading);

  assert.equal(phone.page.data.level_low, false);
  assert.equal(phone.page.data.can_scan, false, 'no certificate, no scan button');
});

test('a certificate is made on the phone, and the scan button appears', async () => {
  await makeCertificate(phone, people.lin);
  phone.tap('back');
  await at(phone, 'home');

  await has(phone, 'the scan button', ({ can_scan }) => can_scan);
  assert.match(phone.wx.kept.get('qrgate.keys'), /"sealed":"/);
});

test('a code scanned by the camera, confirmed with the passphrase, logs the PC in', async () => {
  const { browser, socket, code } = await pc();
  phone.open('pages/home/home');
  await has(phone, 'the scan button', ({ can_scan }) => can_scan);
  phone.tap('scan');
  await at(phone, 'scan');
  phone.wx.scanned = code.url;
  phone.tap('openCamera');
  await at(phone, 'confirm');
  await socket.message('scanned');
  await confirm(phone);
  await socket.message('confirmed', ['needs_code']);
  const redeemed = await browser.call('POST', '/api/v1/qr/redeem');

  assert.equal(redeemed.status, 200, redeemed.text);
  assert.equal((await browser.call('GET', '/api/v1/session')).json.method, 'qr');
  assert.deepEqual({ only: phone.wx.scan_wish.onlyFromCamera, type: [...phone.wx.scan_wish.scanType] }, { only: true, type: ['qrCode'] });
  await has(phone, 'the success', ({ session, done }) => done && session !== '');
});

test('这不是我 after the login ends it on the PC', async () => {
  const { browser, socket, code } = await pc();
  phone.open(`pages/scan/scan?q=${encodeURIComponent(code.url)}&scancode_time=1764000000`);
  await at(phone, 'confirm');
  await socket.message('scanned');
  await confirm(phone);
  await socket.message('confirmed', ['needs_code']);
  assert.equal((await browser.call('POST', '/api/v1/qr/redeem')).status, 200);
  await has(phone, 'the success', ({ session }) => session !== '');
  await phone.tap('undo');

  assert.equal(phone.page.data.title, '那台电脑已退出登录');
  assert.equal((await browser.call('GET', '/api/v1/session')).status, 401);
});

test('the account page lists the PC, and 这不是我 there ends it too', async () => {
  const { browser, socket, code } = await pc();
  phone.open(`pages/scan/scan?q=${encodeURIComponent(code.url)}`);
  await at(phone, 'confirm');
  await confirm(phone);
  await socket.message('scanned');
  await socket.message('confirmed', ['needs_code']);
  assert.equal((await browser.call('POST', '/api/v1/qr/redeem')).status, 200);
  const mine = (await browser.call('GET', '/api/v1/sessions')).json.current;
  phone.open('pages/account/account');
  await has(phone, 'the list', ({ loading }) => !loading);
  const { rows } = phone.page.data;
  phone.tap('ask', { id: mine ?? rows[0].id });
  await phone.tap('undo');

  assert.ok(rows.length > 0);
  assert.equal((await browser.call('GET', '/api/v1/session')).status, 401);
});

test('the typed code works as the camera does, and refusing tells the PC', async () => {
  const { socket, code } = await pc();
  phone.open('pages/scan/scan');
  phone.type('typed', code.short_code.toLowerCase());
  phone.tap('submit');
  await at(phone, 'confirm');
  await socket.message('scanned');
  await has(phone, 'the review', ({ at: view }) => view === 'review');
  assert.equal(phone.page.data.facts.find(({ name }) => name === '登录网站').value, new URL(server.origin).host);
  await phone.tap('deny');
  await socket.message('denied');

  await has(phone, 'the outcome', ({ at: view, title }) => view === 'outcome' && title === '已拒绝，电脑没有登录');
});

test('leaving the page without an answer refuses', async () => {
  const { socket, code } = await pc();
  phone.open(`pages/scan/scan?q=${encodeURIComponent(code.url)}`);
  await at(phone, 'confirm');
  await socket.message('scanned');
  await has(phone, 'the review', ({ at: view }) => view === 'review');
  phone.open('pages/account/account');

  await socket.message('denied');
});

test('a wrong passphrase says how many tries are left, and signs nothing', async () => {
  const { socket, code } = await pc();
  phone.open(`pages/scan/scan?q=${encodeURIComponent(code.url)}`);
  await at(phone, 'confirm');
  await has(phone, 'the review', ({ at: view, guard_open }) => view === 'review' && guard_open);
  phone.type('passphrase', '735024');
  await phone.tap('confirm');

  assert.match(phone.page.data.passphrase_problem, /还可以试 9 次/);
  assert.equal(phone.page.data.at, 'review');
  await phone.tap('deny');
  await socket.message('scanned');
  await socket.message('denied');
});

test('a code scanned before the login waits for it', async () => {
  const { socket, code } = await pc();
  const other = noting(newDevice());
  other.open(`pages/scan/scan?q=${encodeURIComponent(code.url)}`);
  await at(other, 'login');
  assert.equal(other.page.data.wanted, true);
  await logIn(other, people.lin);
  // No certificate on this phone: the way to one is shown, and the code is kept.
  await at(other, 'home');
  await has(other, 'the hint', ({ notice }) => /还没有可用的证书/.test(notice));
  await demo.advance(61);
  other.tap('download');
  await at(other, 'certificate');
  socket.close();
});

test('hao, level 2, is offered the face check and sees no scan button', async () => {
  const hao = noting(newDevice());
  await logIn(hao, people.hao);
  await at(hao, 'proofing');
  assert.equal(hao.page.data.step, 'offer');
  hao.tap('back'); // 不，仍用账户、密码登录
  await at(hao, 'home');
  await has(hao, 'home', ({ loading }) => !loading);

  assert.deepEqual([hao.page.data.level_low, hao.page.data.can_scan], [true, false]);
});

test('hao agrees, is proofed by the provider, and comes home with level 3', async () => {
  const hao = noting(newDevice());
  await logIn(hao, people.hao);
  await at(hao, 'proofing');
  await has(hao, 'the texts to agree to', ({ consents }) => consents.length > 0);
  hao.tap('yes');
  hao.page.agree({ detail: { value: ['agreed'] } });
  hao.tap('next');
  hao.tap('accept');
  hao.page.ownHand({ detail: { value: ['own'] } });
  const asking = hao.page;
  await hao.tap('start');
  await at(hao, 'provider');
  assert.equal(asking.data.step, 'waiting');
  const id = hao.wx.calls.findLast(({ method, path }) => method === 'POST' && path === '/api/v1/phone/proofing').answer.id;
  const verdict = await exchange(server.origin, 'POST', `/demo/proofing/${id}`, { headers: { origin: server.origin }, body: { result: 'passed' } });
  assert.ok(verdict.status < 300, verdict.text);
  hao.wx.navigateBack();
  await has(hao, 'the result', ({ step }) => step === 'passed');
  hao.tap('back');
  await at(hao, 'home');
  await has(hao, 'level 3', ({ loading, level_low }) => !loading && !level_low);

  assert.equal(hao.page.data.level, 'L3，已刷脸认证');
});

test('logging out forgets the token, keeps the sealed key and leads to the login', async () => {
  const { token } = JSON.parse(phone.wx.kept.get('qrgate.login'));
  phone.open('pages/account/account');
  await phone.tap('logOut');
  await at(phone, 'login');

  assert.equal(phone.wx.kept.has('qrgate.login'), false);
  assert.ok(phone.wx.kept.has('qrgate.keys'));
  const told = await exchange(server.origin, 'GET', '/api/v1/phone/me', { headers: { authorization: `Bearer ${token}` } });
  assert.equal(told.status, 401);
});
