// The pages as a person meets them: drawn by WeChat's component engine, tapped, read. The server is a fake one that
// verifies signatures; end_to_end.test.mjs has the real one.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { until } from '../browser/support/house.mjs';
import { built } from './support/built.mjs';
import { FakeServer, TOKEN } from './support/fake_server.mjs';
import { origin, Rendered } from './support/rendered.mjs';

const PASSPHRASE = '392817';
const folder = await built();
let server;
let page;

beforeEach(() => {
  server = new FakeServer();
  page = undefined;
});
afterEach(() => page?.close());

function open(name, more = {}) {
  page = Rendered.open(folder, name, { answer: server.answer, after: page, ...more });
  return page;
}

async function loggedIn(more = {}) {
  open('login', more);
  await until('the captcha', () => page.page.data.picture !== '');
  page.type('#identity_number', '110101190001010014');
  page.type('#password', 'Demo#2026lin');
  page.type('#captcha', 'ab12');
  await until('what was typed', () => page.page.data.captcha === 'ab12');
  page.tap('#submit');
  await page.went('reLaunch /pages/home/home');
}

async function filledCertificateForm() {
  open('certificate');
  await page.says('短信验证码已发送');
  page.type('#code', '123456');
  page.type('#passphrase', PASSPHRASE);
  await until('what was typed', () => page.page.data.passphrase === PASSPHRASE);
  page.tap('#activate');
}

async function withCertificate(more = {}) {
  await loggedIn(more);
  await filledCertificateForm();
  await page.says('请输入数字密码');
  page.type('#again', PASSPHRASE);
  await until('what was typed', () => page.page.data.again === PASSPHRASE);
  page.tap('#finish');
  await page.says('证书下载完成');
}

async function reviewed(more = {}) {
  await withCertificate(more);
  open('scan', { query: { q: encodeURIComponent(`${origin}/s/${TOKEN}`) } });
  await page.went('redirectTo /pages/confirm/confirm');
  open('confirm');
  await page.says('要在这台电脑上登录吗');
}

async function confirmed(passphrase = PASSPHRASE) {
  await page.says('现在可以确认登录');
  page.type('#passphrase', passphrase);
  await until('what was typed', () => page.page.data.passphrase === passphrase);
  page.tap('#confirm');
}

test('the login names what is wrong with each field and sends nothing', async () => {
  open('login');
  await until('the captcha', () => page.page.data.picture !== '');
  page.type('#identity_number', '１１０101');
  await until('what was typed', () => page.page.data.identity_number !== '');
  page.tap('#submit');
  await page.says('身份证号应为 18 位，您输入了 6 位');

  assert.match(page.words, /请输入密码.*请输入验证码/);
  assert.deepEqual(server.called('POST phone/login'), []);
});

test('a refused login keeps what was typed and shows the fresh captcha that came with it', async () => {
  open('login');
  await until('the captcha', () => page.page.data.picture !== '');
  page.type('#identity_number', '110101190001010014');
  page.type('#password', 'wrong');
  page.type('#captcha', 'ab12');
  await until('what was typed', () => page.page.data.captcha === 'ab12');
  server.says['POST phone/login'] = {
    status: 401,
    body: { error: { code: 'credentials_wrong', message: '用户名或密码错误' }, captcha: { id: 'fresh', image: 'data:image/png;base64,BBBB', expires_in: 600 } },
  };
  page.tap('#submit');
  await page.says('用户名或密码错误');

  const { identity_number, password, captcha, picture } = page.page.data;
  assert.deepEqual([identity_number, password, captcha, picture], ['110101190001010014', 'wrong', '', 'data:image/png;base64,BBBB']);
});

test('a login carries the device value and is kept with its token', async () => {
  await loggedIn();

  const [{ body }] = server.called('POST phone/login');
  assert.equal(body.device, page.wx.kept.get('qrgate.device'));
  assert.equal(JSON.parse(page.wx.kept.get('qrgate.login')).token, 'token-1');
});

test('home without a certificate offers the download and no scan button', async () => {
  await loggedIn();
  open('home');
  await page.says('林*');

  assert.deepEqual([page.has('#scan'), page.has('#download')], [false, true]);
});

test('home with a certificate on this phone has the scan button', async () => {
  await withCertificate();
  open('home');
  await page.says('扫码登录');

  assert.deepEqual([page.has('#scan'), page.has('#download')], [true, false]);
  page.tap('#scan');
  await page.went('navigateTo /pages/scan/scan');
});

test('a certificate of another phone gives no scan button', async () => {
  await loggedIn();
  server.certificates = [{ serial: 'ffff', state: 'active' }];
  open('home');
  await page.says('林*');

  assert.equal(page.has('#scan'), false);
});

test('a disabled certificate takes the scan button away', async () => {
  await withCertificate();
  server.certificates[0].state = 'disabled';
  open('home');
  await page.says('林*');

  assert.equal(page.has('#scan'), false);
});

test('home below level 3 offers the face check', async () => {
  server.level = 2;
  await loggedIn();
  open('home');
  await page.went('navigateTo /pages/proofing/proofing');
  await page.says('您的用户等级不符合要求');

  assert.deepEqual([page.has('#proofing'), page.has('#scan'), page.has('#download')], [true, false, false]);
});

test('a login that is over leads back to the login with a word', async () => {
  await loggedIn();
  server.says['GET phone/me'] = { status: 401, body: { error: { code: 'token_missing', message: '' } } };
  open('home');
  await page.went('reLaunch /pages/login/login');

  assert.equal(page.wx.kept.has('qrgate.login'), false);
});

test('the certificate page sends the text message by itself and once', async () => {
  await loggedIn();
  open('certificate');
  await page.says('短信验证码已发送');

  assert.equal(server.called('POST phone/certificates/start').length, 1);
  assert.match(page.words, /秒后可重新发送/);
});

test('a passphrase that is too easy is refused before anything is sent', async () => {
  await loggedIn();
  open('certificate');
  await page.says('短信验证码已发送');
  page.type('#code', '123456');
  page.type('#passphrase', '123456');
  await until('what was typed', () => page.page.data.passphrase === '123456');
  page.tap('#activate');
  await page.says('证书密码太容易猜');

  assert.deepEqual(server.called('POST phone/certificates'), []);
});

test('the passphrase typed again must be the same', async () => {
  await loggedIn();
  await filledCertificateForm();
  await page.says('请输入数字密码');
  page.type('#again', '392818');
  await until('what was typed', () => page.page.data.again === '392818');
  page.tap('#finish');
  await page.says('两次输入的证书密码不一样');

  assert.deepEqual(server.called('POST phone/certificates'), []);
});

test('outside the demo the fingerprint signs the challenge of the certificate', async () => {
  server.demo = false;
  await withCertificate({ soter: ['facial', 'fingerPrint'] });

  assert.equal(page.wx.soter_wish.challenge, 'challenge-1');
  assert.deepEqual(page.wx.soter_wish.requestAuthModes, ['fingerPrint']);
  assert.deepEqual(Object.keys(server.biometric).sort(), ['json_signature', 'json_string', 'kind', 'login_code']);
  assert.equal(server.biometric.kind, 'soter');
  assert.equal(JSON.parse(server.biometric.json_string).raw, 'challenge-1');
});

test('a phone without a fingerprint reader (90001) goes the way of the face check', async () => {
  server.demo = false;
  await withCertificate({ soter: [] });

  assert.deepEqual(server.biometric, { kind: 'proofing' });
});

test('where the server asks for the face check first, the page leads there', async () => {
  server.demo = false;
  await loggedIn();
  server.says['POST phone/certificates'] = { status: 403, body: { error: { code: 'proofing_needed', message: '' } } };
  await filledCertificateForm();
  await page.says('请输入数字密码');
  page.type('#again', PASSPHRASE);
  await until('what was typed', () => page.page.data.again === PASSPHRASE);
  page.tap('#finish');
  await page.says('请改用刷脸认证');
  page.tap('#to_proofing');

  await page.went('navigateTo /pages/proofing/proofing?step=identity');
});

test('a finger that is not known (90009) makes no certificate', async () => {
  server.demo = false;
  await loggedIn({ soter: ['fingerPrint'] });
  page.wx.soter_refuses = 90009;
  await filledCertificateForm();
  await page.says('指纹没有通过');

  assert.deepEqual(server.called('POST phone/certificates'), []);
});

test('a code of another site is named as such and not opened', async () => {
  await withCertificate();
  open('scan');
  page.wx.scanned = 'https://evil.example/s/abc';
  page.tap('#camera');
  await page.says('这不是本平台的登录二维码');

  assert.deepEqual(server.calls.filter(({ route }) => route.includes('tickets')), []);
});

test('a scan shows who asks, and confirming signs exactly that text', async () => {
  await reviewed();
  for (const part of ['工作人员不会让您扫码', 'login.example.cn', 'Chrome 140', 'Windows', '北京（根据网络地址估计）', '203.0.113.9']) {
    assert.ok(page.words.includes(part), part);
  }
  await confirmed();
  await page.says('电脑已登录');

  assert.equal(server.called(`POST phone/tickets/${TOKEN}/confirm`).length, 1);
  assert.ok(page.has('#undo'));
});

test('refusing comes first, is as large as confirming, and confirming is shut for three seconds', async () => {
  await reviewed();
  const html = page.page.dom.innerHTML;
  page.type('#passphrase', PASSPHRASE);
  page.tap('#confirm');
  await until('the countdown', () => page.words.includes('再等'));

  assert.ok(html.indexOf('不是我，拒绝') < html.indexOf('确认登录'));
  assert.deepEqual(server.called(`POST phone/certificates/${server.serial}/unlock`).length, 1, 'only the one at the making');
  page.tap('#deny');
  await page.says('已拒绝');
  assert.equal(server.state, 'denied');
});

for (const [what, changed, words] of [
  ['site', { origin: 'https://evil.example' }, '这是别的网站的登录请求'],
  ['person', { person: 'person-2' }, '登录内容不是您本人的'],
  ['certificate', { certificate: 'ffff' }, '登录内容与您的证书不符'],
]) {
  test(`a text for another ${what} is refused, at the server too`, async () => {
    await withCertificate();
    server.changed = changed;
    open('scan', { query: { q: encodeURIComponent(`${origin}/s/${TOKEN}`) } });
    open('confirm');
    await page.went('redirectTo /pages/scan/scan');
    open('scan');
    await page.says(words);

    assert.equal(server.state, 'denied');
  });
}

test('a wrong passphrase leaves the review open and tells how many tries are left', async () => {
  await reviewed();
  await confirmed('735024');
  await page.says('还可以试 9 次');

  assert.deepEqual(server.called(`POST phone/tickets/${TOKEN}/confirm`), []);
});

test('a typed code is read as people type it', async () => {
  await withCertificate();
  open('scan');
  page.type('#typed', 'k7qd m3r');
  await until('what was typed', () => page.page.data.typed !== '');
  page.tap('#submit');
  await page.says('登录码应为 8 位');

  assert.deepEqual(page.wx.went.filter((url) => url.includes('confirm')), []);
});

test('the face check goes through its consents to the provider, and only the server says that it passed', async () => {
  server.level = 2;
  await loggedIn();
  open('proofing');
  await page.says('好的，进入刷脸认证');
  assert.match(page.words, /不，仍用账户、密码登录/);
  page.tap('#yes');
  await page.says('我已阅读并同意《个人生物识别信息保护声明、用户服务协议、个人信息保护政策》');
  await page.says('110***********0014');
  page.tap('.read');
  await page.says('biometric 的第一段');
  page.tap('#next');
  await page.says('请先阅读并勾选同意');
  page.page.instance.agree({ detail: { value: ['agreed'] } });
  page.tap('#next');
  await page.says('不保存您的人脸照片（biometric）');
  page.tap('#accept');
  await page.says('快速验证');
  page.tap('#start');
  await page.says('请先勾选“由本人操作”');
  assert.deepEqual(server.called('POST phone/proofing'), []);
  page.page.instance.ownHand({ detail: { value: ['own'] } });
  page.tap('#start');
  await page.went(`navigateTo /pages/provider/provider?url=${encodeURIComponent(server.proofing.url)}`);
  await page.says('核验完成后，这里会显示结果');
  server.proofing_state = 'passed';
  page.tap('#ask');
  await page.says('用户等级已提升到 L3');

  const [{ body }] = server.called('POST phone/proofing');
  assert.deepEqual(body.consents, [['biometric', '1'], ['service', '2'], ['privacy', '3'], ['processing', '4']].map(([text, version]) => ({ text, version })));
});

test('where no face check is offered the page says where to go instead', async () => {
  server.level = 2;
  server.offered = false;
  await loggedIn();
  open('proofing');
  await page.says('可以到服务窗口提升等级');

  assert.equal(page.has('#yes'), false);
});

test("WeChat's own face check is called with its session, and its word is not believed", async () => {
  server.level = 2;
  server.proofing = { id: 'proof-1', provider: 'wechat', url: 'wechat:verify-77' };
  server.proofing_state = 'failed';
  await loggedIn();
  open('proofing', { query: { step: 'identity' } });
  page.wx.requestFacialVerify = (wish) => {
    page.wx.verify_id = wish.verifyId;
    setTimeout(() => wish.complete({ errMsg: 'requestFacialVerify:ok' }), 0);
  };
  await page.says('林*');
  page.page.instance.setData({ agreed: true, own_hand: true });
  page.page.instance.to('quick');
  await page.says('快速验证');
  page.tap('#start');
  await page.says('没有通过核验');

  assert.equal(page.wx.verify_id, 'verify-77');
});

test('the account page ends a PC login only after asking', async () => {
  await loggedIn();
  server.sessions = [{ id: 'session-9', method: 'qr', browser: 'Firefox on Linux', address: '198.51.100.7', place: '上海', opened_at: '2026-11-22T08:00:00Z' }];
  open('account');
  await page.says('Firefox on Linux · 上海 · 198.51.100.7');
  page.tap('.ask');
  await page.says('让这台电脑立即退出您的账户吗');
  assert.equal(server.sessions.length, 1);
  page.tap('.undo');
  await page.says('那台电脑已退出');

  assert.equal(server.sessions.length, 0);
});

test('a certificate is deleted only after asking, at the server and here', async () => {
  await withCertificate();
  open('certificates');
  await page.says('本机证书 · 有效');
  page.tap('.ask');
  await page.says('删除后不能恢复');
  page.tap('.keep');
  await until('the question to go', () => !page.words.includes('删除后不能恢复'));
  page.tap('.ask');
  await page.says('删除后不能恢复');
  page.tap('.remove');
  await page.says('还没有证书');

  assert.deepEqual(JSON.parse(page.wx.kept.get('qrgate.keys')), []);
});

test('large text of WeChat and 大字 make the words larger and the targets 60 px', async () => {
  await loggedIn({ scale: 1.4 });
  open('account');
  await page.says('正在登录的电脑');
  assert.deepEqual([page.page.data.page_class, page.page.data.page_style], ['page easy', 'font-size:25px']);
  page.tap('#easy');
  await until('larger', () => page.page.data.page_style === 'font-size:27px');

  assert.equal(page.wx.kept.get('qrgate.easy'), '1');
});

test('WeChat in English speaks English', async () => {
  open('login', { language: 'en' });
  await page.says('Password');

  assert.doesNotMatch(page.words, /[\u4e00-\u9fff]/);
});

test('without network the page says so and offers to try again', async () => {
  await loggedIn();
  server.says['GET phone/me'] = 'no network';
  open('home');
  await page.says('网络没有连通');
  await page.says('重新读取');
});
