// Single use under many sockets whose last octets are released together (security.md, rows F2, Q5, Q6, Q22,
// Parallel guessing, Captcha reuse, Single use): exactly one gets it, and the list of sessions says the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Phone } from '../outside_client/phone.mjs';
import { captchaOf } from '../outside_client/password.mjs';
import { somebodyNew } from '../outside_client/registration.mjs';
import { asBrowser, asPhone, releasedTogether, verdicts } from './support/last_byte.mjs';
import { another, people, succeeded, world, wrongly } from './support/world.mjs';

const here = world();

const REDEEM = '/api/v1/qr/redeem';
const LOGIN = '/api/v1/login/password';
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const together = (requests) => releasedTogether(here.base, requests);
const sessions = async (phone) => succeeded(await phone.call('GET', '/sessions')).json.sessions.length;
const counted = (answers, verdict) => verdicts(answers)[verdict] ?? 0;

test('F2 redeem 50 times at once: one session, 49 refusals', async () => {
  const lin = await here.phone('lin');
  const ticket = await here.confirmed(lin);
  const before = await sessions(lin);
  const answers = await together(times(50, () => asBrowser(ticket.browser, 'POST', REDEEM)));
  assert.deepEqual(verdicts(answers), { 200: 1, '409 ticket_state': 49 });
  assert.equal(answers.filter(({ headers }) => /qrgate-session=./.test(String(headers['set-cookie']))).length, 1, 'one cookie');
  assert.equal(await sessions(lin), before + 1);
  ticket.socket.close();
});

test('Q5 and Q22 scan by two phones at once: one person has it, the other finds it taken', async () => {
  const [lin, gongsi] = [await here.phone('lin'), await here.phone('gongsi')];
  const ticket = await here.waiting();
  const scan = (phone) => asPhone(phone, 'POST', `/tickets/${ticket.token}/scan`, {});
  const answers = await together(times(20, (i) => scan(i % 2 ? lin : gongsi)));
  const texts = answers.filter(({ status }) => status === 200).map(({ json }) => json.text);
  assert.equal(new Set(texts).size, 1, 'one text for all that were let in');
  const kinds = times(2, (which) => answers.filter((_, i) => i % 2 === which));
  const winner = kinds.findIndex((of) => of.some(({ status }) => status === 200));
  for (const { verdict } of kinds[1 - winner]) assert.equal(verdict, '409 ticket_taken');
  await ticket.socket.message('scanned');
  ticket.socket.close();
});

test('Q6 confirm 50 times against deny 50 times: one wins, and the redeem agrees with it', async () => {
  const lin = await here.phone('lin');
  for (let round = 0; round < 3; ++round) {
    const ticket = await here.scanned(lin);
    const path = `/tickets/${ticket.token}`;
    const body = { certificate: lin.certificate.serial, signature: lin.certificate.keys.sign(ticket.text).toString('base64url') };
    const before = await sessions(lin);
    const answers = await together(times(100, (i) => (i % 2 ? asPhone(lin, 'POST', `${path}/deny`, {})
      : asPhone(lin, 'POST', `${path}/confirm`, body))));
    assert.deepEqual(verdicts(answers), { 204: 1, '409 ticket_state': 99 });
    const won = answers.findIndex(({ status }) => status === 204) % 2 ? 'denied' : 'confirmed';
    assert.equal(succeeded(await lin.call('GET', path)).json.state, won);
    const redeemed = await ticket.browser.call('POST', REDEEM);
    assert.equal(redeemed.status === 200, won === 'confirmed');
    assert.equal(await sessions(lin), before + (won === 'confirmed' ? 1 : 0));
    ticket.socket.close();
  }
});

test('Q7 redeem at the moment of a revocation: at most one session, and none that outlives it unseen', async () => {
  const lin = new Phone(here.base, people.lin);
  succeeded(await lin.login());
  lin.certificate = (await lin.makeCertificate('392817')).certificate;
  const ticket = await here.waiting();
  const { text } = succeeded(await lin.scan(ticket.token, { certificate: lin.certificate.serial })).json;
  succeeded(await lin.confirm(ticket.token, lin.certificate, text));
  const [redeemed, revoked] = await together([asBrowser(ticket.browser, 'POST', REDEEM),
    asPhone(lin, 'DELETE', `/certificates/${lin.certificate.serial}`)]);
  assert.equal(revoked.status, 204);
  const { state } = succeeded(await lin.call('GET', `/tickets/${ticket.token}`)).json;
  assert.equal(state === 'redeemed', redeemed.status === 200, 'one of the two came first, for both');
  ticket.socket.close();
});

test('Captcha reuse: one captcha 20 times at once is one try, and one session where all is right', async () => {
  const browser = await here.browser();
  const wrong = await here.loginBody(browser, wrongly(people.hao));
  const tries = await together(times(20, () => asBrowser(browser, 'POST', LOGIN, wrong)));
  assert.equal(counted(tries, '401 credentials_wrong'), 1);
  assert.equal(counted(tries, '403 captcha_wrong') + counted(tries, '429 too_many'), 19);

  const gongsi = await here.phone('gongsi');
  const before = await sessions(gongsi);
  const right = await here.loginBody(browser, people.gongsi);
  const answers = await together(times(20, () => asBrowser(browser, 'POST', LOGIN, right)));
  assert.equal(counted(answers, '200'), 1);
  assert.equal(await sessions(gongsi), before + 1);
});

test('Parallel guessing: 50 guesses at once are ten tries, a right one among them or not', async () => {
  await here.demo.advance(24 * 3600);
  const guesses = async (person, rights) => {
    const browsers = await Promise.all(times(50 + rights, () => here.browser()));
    const bodies = await Promise.all(browsers.map((browser, i) => here.loginBody(browser, i < 50 ? wrongly(person) : person)));
    return together(browsers.map((browser, i) => asBrowser(browser, 'POST', LOGIN, bodies[i])));
  };
  const only_wrong = await guesses(people.hao, 0);
  assert.deepEqual(verdicts(only_wrong), { '401 credentials_wrong': 10, '429 too_many': 40 });

  const mixed = await guesses(people.qian, 1);
  const inside = counted(mixed, '200');
  assert.ok(inside <= 1);
  assert.ok(counted(mixed, '401 credentials_wrong') <= (inside ? 20 : 10), 'a login forgets what was before it, once');
  assert.equal(counted(mixed, '401 credentials_wrong') + counted(mixed, '429 too_many') + inside, 51);
});

test('Single use: the right SMS code 20 times at once is one session', async () => {
  const gongsi = await here.phone('gongsi');
  const browser = await here.browser();
  assert.equal((await here.askForCode(browser, people.gongsi.phone, 'corporate')).status, 202);
  const body = { phone: people.gongsi.phone, kind: 'corporate', code: await here.demo.smsCode(people.gongsi.phone) };
  const before = await sessions(gongsi);
  const answers = await together(times(20, () => asBrowser(browser, 'POST', '/api/v1/login/sms', body)));
  assert.equal(counted(answers, '200'), 1);
  assert.equal(answers.filter(({ headers }) => /qrgate-session=./.test(String(headers['set-cookie']))).length, 1, 'one cookie');
  assert.equal(await sessions(gongsi), before + 1);
});

test('Guessing: 50 wrong SMS codes at once leave the code dead, the right one too', async () => {
  const browser = await here.browser();
  assert.equal((await here.askForCode(browser, people.lin.phone)).status, 202);
  const code = await here.demo.smsCode(people.lin.phone);
  const body = { phone: people.lin.phone, code: another(code) };
  const answers = await together(times(50, () => asBrowser(browser, 'POST', '/api/v1/login/sms', body)));
  assert.equal(counted(answers, '200'), 0);
  assert.equal((await browser.call('POST', '/api/v1/login/sms', { ...body, code })).verdict, '403 code_wrong');
});

test('Single use: the code of a registration 20 times at once is one person', async () => {
  const who = somebodyNew();
  const browser = await here.browser();
  const { kind, identity_number, name, phone } = who;
  const { registration } = succeeded(await browser.call('POST', '/api/v1/register/start',
    { kind, identity_number, name, phone, ...(await captchaOf(browser)) })).json;
  const body = { registration, code: await here.demo.smsCode(phone), password: who.password };
  const before = Number((await here.rows('select count(*) from person'))[0]);
  const answers = await together(times(20, () => asBrowser(browser, 'POST', '/api/v1/register/finish', body)));
  assert.deepEqual(verdicts(answers), { 201: 1, '403 code_wrong': 19 });
  assert.equal(Number((await here.rows('select count(*) from person'))[0]), before + 1);
});

test('Single use: a reset ticket 20 times at once is one text, and its code 20 times at once one new password', async () => {
  await here.demo.advance(61);
  const browser = await here.browser();
  const { reset_ticket } = (await here.passwordLogin(browser, people.sun)).json;
  const before = (await here.demo.texts(people.sun.phone)).length;
  const starts = await together(times(20, () => asBrowser(browser, 'POST', '/api/v1/password/reset/start', { reset_ticket })));
  assert.deepEqual(verdicts(starts), { 202: 1, '429 too_many': 19 });
  assert.equal((await here.demo.texts(people.sun.phone)).length, before + 1);
  const { reset } = starts.find(({ status }) => status === 202).json;
  const code = await here.demo.smsCode(people.sun.phone);
  const answers = await together(times(20, (i) => asBrowser(browser, 'POST', '/api/v1/password/reset/finish',
    { reset, code, new_password: `Neues#2026${i}` })));
  assert.deepEqual(verdicts(answers), { 204: 1, '403 code_wrong': 19 });
  const winner = answers.findIndex(({ status }) => status === 204);
  succeeded(await here.passwordLogin(await here.browser(), { ...people.sun, password: `Neues#2026${winner}` }));
});

test('Single use: the code of a certificate 10 times at once is one certificate', async () => {
  const zhao = new Phone(here.base, people.zhao);
  succeeded(await zhao.login());
  const started = await zhao.startCertificate();
  const { body } = zhao.prepareCertificate({ ...started, passphrase: '392817' });
  const answers = await together(times(10, () => asPhone(zhao, 'POST', '/certificates', body)));
  assert.equal(counted(answers, '200'), 1, JSON.stringify(verdicts(answers)));
  assert.equal(succeeded(await zhao.call('GET', '/certificates')).json.certificates.length, 1);
});

test('Q15 thirty wrong passphrases at once are ten tries, and the certificate is disabled', async () => {
  const qian = new Phone(here.base, people.qian);
  succeeded(await qian.login());
  await here.demo.advance(61);
  const { certificate } = await qian.makeCertificate('392817');
  const answers = await together(times(30, () =>
    asPhone(qian, 'POST', `/certificates/${certificate.serial}/unlock`, { verifier: 'A'.repeat(43) })));
  const left = answers.filter(({ verdict }) => verdict === '403 passphrase_wrong').map(({ json }) => json.tries_left);
  assert.deepEqual(left.filter(Boolean).sort((a, b) => b - a), [9, 8, 7, 6, 5, 4, 3, 2, 1], 'each count once, then none is left');
  assert.equal((await qian.unlock(certificate, '392817')).verdict, '403 certificate_unusable');
});
