// Certificate, face check, scan and confirm as a person meets them (pages.test.mjs says how).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import { TOKEN } from './support/fake_server.mjs';
import { origin } from './support/rendered.mjs';
import { confirmed, filledCertificateForm, loggedIn, now, open, PASSPHRASE, reviewed, typedAgain, withCertificate } from './support/walk.mjs';

test('the certificate page sends the text message by itself and once', async () => {
  await loggedIn();
  open('certificate');
  await now.page.says('短信验证码已发送');

  assert.equal(now.server.called('POST phone/certificates/start').length, 1);
  assert.match(now.page.words, /秒后可重新发送/);
});

test('a passphrase that is too easy is refused before anything is sent', async () => {
  await loggedIn();
  open('certificate');
  await now.page.says('短信验证码已发送');
  now.page.type('#code', '123456');
  now.page.type('#passphrase', '123456');
  await until('what was typed', () => now.page.page.data.passphrase === '123456');
  now.page.tap('#activate');
  await now.page.says('证书密码太容易猜');

  assert.deepEqual(now.server.called('POST phone/certificates'), []);
});

test('the passphrase typed again must be the same', async () => {
  await loggedIn();
  await filledCertificateForm();
  await typedAgain('392818');
  await now.page.says('不一样，请重新输入');

  assert.deepEqual(now.server.called('POST phone/certificates'), []);
});

test('outside the demo the fingerprint signs the challenge of the certificate', async () => {
  now.server.demo = false;
  await withCertificate({ soter: ['facial', 'fingerPrint'] });

  assert.equal(now.page.wx.soter_wish.challenge, 'challenge-1');
  assert.deepEqual(now.page.wx.soter_wish.requestAuthModes, ['fingerPrint']);
  assert.deepEqual(Object.keys(now.server.biometric).sort(), ['json_signature', 'json_string', 'kind', 'login_code']);
  assert.equal(now.server.biometric.kind, 'soter');
  assert.equal(JSON.parse(now.server.biometric.json_string).raw, 'challenge-1');
});

test('a phone without a fingerprint reader (90001) goes the way of the face check', async () => {
  now.server.demo = false;
  await withCertificate({ soter: [] });

  assert.deepEqual(now.server.biometric, { kind: 'proofing' });
});

test('where the server asks for the face check first, the page leads there', async () => {
  now.server.demo = false;
  await loggedIn();
  now.server.says['POST phone/certificates'] = { status: 403, body: { error: { code: 'proofing_needed', message: '' } } };
  await filledCertificateForm();
  await typedAgain();
  await now.page.says('请改用刷脸认证');
  now.page.tap('#to_proofing');

  await now.page.went('navigateTo /pages/proofing/proofing?step=identity');
});

test('a finger that is not known (90009) makes no certificate', async () => {
  now.server.demo = false;
  await loggedIn({ soter: ['fingerPrint'] });
  now.page.wx.soter_refuses = 90009;
  await filledCertificateForm();
  await now.page.says('指纹没有通过');

  assert.deepEqual(now.server.called('POST phone/certificates'), []);
});

test('a code of another site is named as such and not opened', async () => {
  await withCertificate();
  open('scan');
  now.page.wx.scanned = 'https://evil.example/s/abc';
  now.page.tap('#camera');
  await now.page.says('这不是本平台的登录二维码');

  assert.deepEqual(now.server.calls.filter(({ route }) => route.includes('tickets')), []);
});

test('a scan shows who asks, and confirming signs exactly that text', async () => {
  await reviewed();
  for (const part of ['工作人员不会让您扫码', 'login.example.cn', 'Chrome 140', 'Windows', '北京（根据网络地址估计）', '203.0.113.9']) {
    assert.ok(now.page.words.includes(part), part);
  }
  await confirmed();
  await now.page.says('电脑已登录');

  assert.equal(now.server.called(`POST phone/tickets/${TOKEN}/confirm`).length, 1);
  assert.ok(now.page.has('#undo'));
});

test('refusing comes first, is as large as confirming, and confirming is shut for three seconds', async () => {
  await reviewed();
  const html = now.page.page.dom.innerHTML;
  now.page.type('#passphrase', PASSPHRASE);
  now.page.tap('#confirm');
  await until('the countdown', () => now.page.words.includes('再等'));

  assert.ok(html.indexOf('不是我，拒绝') < html.indexOf('确认登录'));
  assert.deepEqual(now.server.called(`POST phone/certificates/${now.server.serial}/unlock`).length, 1, 'only the one at the making');
  now.page.tap('#deny');
  await now.page.says('已拒绝');
  assert.equal(now.server.state, 'denied');
});

for (const [what, changed, words] of [
  ['site', { origin: 'https://evil.example' }, '这是别的网站的登录请求'],
  ['person', { person: 'person-2' }, '登录内容不是您本人的'],
  ['certificate', { certificate: 'ffff' }, '登录内容与您的证书不符'],
]) {
  test(`a text for another ${what} is refused, at the server too`, async () => {
    await withCertificate();
    now.server.changed = changed;
    open('scan', { query: { q: encodeURIComponent(`${origin}/s/${TOKEN}`) } });
    open('confirm');
    await now.page.went('redirectTo /pages/scan/scan');
    open('scan');
    await now.page.says(words);

    assert.equal(now.server.state, 'denied');
  });
}

test('a wrong passphrase leaves the review open and tells how many tries are left', async () => {
  await reviewed();
  await confirmed('735024');
  await now.page.says('还可以试 9 次');

  assert.deepEqual(now.server.called(`POST phone/tickets/${TOKEN}/confirm`), []);
});

test('a typed code is read as people type it', async () => {
  await withCertificate();
  open('scan');
  now.page.type('#typed', 'k7qd m3r');
  await until('what was typed', () => now.page.page.data.typed !== '');
  now.page.tap('#submit');
  await now.page.says('登录码应为 8 位');

  assert.deepEqual(now.page.wx.went.filter((url) => url.includes('confirm')), []);
});

test('the face check goes through its consents to the provider, and only the server says that it passed', async () => {
  now.server.level = 2;
  await loggedIn();
  open('proofing');
  await now.page.says('好的，进入刷脸认证');
  assert.match(now.page.words, /不，仍用账户、密码登录/);
  now.page.tap('#yes');
  await now.page.says('我已阅读并同意《个人生物识别信息保护声明、用户服务协议、个人信息保护政策》');
  await now.page.says('110***********0014');
  now.page.tap('.read');
  await now.page.says('biometric 的第一段');
  now.page.tap('#next');
  await now.page.says('请先阅读并勾选同意');
  now.page.page.instance.agree({ detail: { value: ['agreed'] } });
  now.page.tap('#next');
  await now.page.says('不保存您的人脸照片（biometric）');
  now.page.tap('#accept');
  await now.page.says('快速验证');
  now.page.tap('#start');
  await now.page.says('请先勾选“由本人操作”');
  assert.deepEqual(now.server.called('POST phone/proofing'), []);
  now.page.page.instance.ownHand({ detail: { value: ['own'] } });
  now.page.tap('#start');
  await now.page.went(`navigateTo /pages/provider/provider?url=${encodeURIComponent(now.server.proofing.url)}`);
  await now.page.says('核验完成后，这里会显示结果');
  now.server.proofing_state = 'passed';
  now.page.tap('#ask');
  await now.page.says('用户等级已提升到 L3');

  const [{ body }] = now.server.called('POST phone/proofing');
  assert.deepEqual(body.consents, [['biometric', '1'], ['service', '2'], ['privacy', '3'], ['processing', '4']].map(([text, version]) => ({ text, version })));
});

test('where no face check is offered the page says where to go instead', async () => {
  now.server.level = 2;
  now.server.offered = false;
  await loggedIn();
  open('proofing');
  await now.page.says('可以到服务窗口提升等级');

  assert.equal(now.page.has('#yes'), false);
});

test("WeChat's own face check is called with its session, and its word is not believed", async () => {
  now.server.level = 2;
  now.server.proofing = { id: 'proof-1', provider: 'wechat', url: 'wechat:verify-77' };
  now.server.proofing_state = 'failed';
  await loggedIn();
  open('proofing', { query: { step: 'identity' } });
  now.page.wx.requestFacialVerify = (wish) => {
    now.page.wx.verify_id = wish.verifyId;
    setTimeout(() => wish.complete({ errMsg: 'requestFacialVerify:ok' }), 0);
  };
  await now.page.says('林*');
  now.page.page.instance.setData({ agreed: true, own_hand: true });
  now.page.page.instance.to('quick');
  await now.page.says('快速验证');
  now.page.tap('#start');
  await now.page.says('没有通过核验');

  assert.equal(now.page.wx.verify_id, 'verify-77');
});

test('a certificate is deleted only after asking, at the server and here', async () => {
  await withCertificate();
  open('certificates');
  await now.page.says('本机证书 · 有效');
  now.page.tap('.ask');
  await now.page.says('删除后不能恢复');
  now.page.tap('.keep');
  await until('the question to go', () => !now.page.words.includes('删除后不能恢复'));
  now.page.tap('.ask');
  await now.page.says('删除后不能恢复');
  now.page.tap('.remove');
  await now.page.says('还没有证书');

  assert.deepEqual(JSON.parse(now.page.wx.kept.get('qrgate.keys')), []);
});

test('a certificate near its end is renewed: its old key vouches, its passphrase stays', async () => {
  await withCertificate();
  const [old] = JSON.parse(now.page.wx.kept.get('qrgate.keys'));
  now.server.certificates[0].renewable = true;
  open('certificates');
  await now.page.says('这张证书快到期了');
  now.page.tap('.renew');
  await now.page.went('navigateTo /pages/certificate/certificate');
  open('certificate');
  await now.page.says('输入这张证书现在的密码');
  await now.page.says('短信验证码已发送');
  now.page.type('#code', '123456');
  now.page.type('#passphrase', '735024');
  await until('what was typed', () => now.page.page.data.passphrase === '735024');
  now.page.tap('#activate');
  await now.page.says('还可以试 9 次');
  now.page.type('#passphrase', PASSPHRASE);
  await until('what was typed', () => now.page.page.data.passphrase === PASSPHRASE);
  now.page.tap('#activate');
  await now.page.says('证书已续期');

  const kept = JSON.parse(now.page.wx.kept.get('qrgate.keys'));
  assert.deepEqual(kept.map(({ serial }) => serial), [now.server.serial]);
  assert.notEqual(kept[0].serial, old.serial);
});

test('查看证书 shows what the certificate says, and closes again', async () => {
  await withCertificate();
  open('certificates');
  await now.page.says('本机证书 · 有效');
  now.page.tap('.look');
  await now.page.says('CN=qrgate CA');
  assert.match(now.page.words, /国密 SM2.*2026-11-22.*abab abab/);
  now.page.tap('.look');
  await until('the facts to go', () => !now.page.words.includes('CN=qrgate CA'));
});

test('a certificate that is over is called so', async () => {
  await withCertificate();
  now.server.certificates[0].usable = false;
  open('certificates');
  await now.page.says('本机证书 · 已过期');
});

test('after the face check the phone knows the new level without a new login', async () => {
  now.server.level = 2;
  await loggedIn();
  open('proofing');
  now.page.tap('#yes');
  await now.page.says('110***********0014');
  now.page.page.instance.setData({ agreed: true, own_hand: true });
  now.page.page.instance.to('quick');
  await now.page.says('快速验证');
  now.page.tap('#start');
  await now.page.says('核验完成后，这里会显示结果');
  Object.assign(now.server, { level: 3, proofing_state: 'passed' });
  now.page.tap('#ask');
  await now.page.says('用户等级已提升到 L3');

  assert.equal(JSON.parse(now.page.wx.kept.get('qrgate.login')).person.level, 3);
});
