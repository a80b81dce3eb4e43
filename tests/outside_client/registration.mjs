// Registration and forgotten password (docs/protocol.md section 3), with people who were not there before.
import { check, equal, expect, matches } from './checks.mjs';
import { Demo, people } from './demo.mjs';
import { withCheckCharacter } from './identity_number.mjs';
import { captchaOf, freshBrowser, logIn } from './password.mjs';

const chance = (below, digits) => String(Math.floor(Math.random() * below)).padStart(digits, '0');

export function somebodyNew() {
  const seventeen = `110101${1910 + Number(chance(90, 2))}03${String(1 + Number(chance(28, 2))).padStart(2, '0')}${chance(1000, 3)}`;
  return {
    kind: 'personal', identity_number: withCheckCharacter(seventeen), name: '王小五', phone: `138${chance(1e8, 8)}`,
    password: 'Reise#2026x',
  };
}

export async function startRegistration(browser, { kind, identity_number, name, phone }, captcha) {
  return browser.call('POST', '/api/v1/register/start', { kind, identity_number, name, phone, ...(captcha ?? await captchaOf(browser)) });
}

async function startReset(browser, { kind, identity_number }) {
  return browser.call('POST', '/api/v1/password/reset/start', { kind, identity_number, ...(await captchaOf(browser)) });
}

const shape = (answer) => `${answer.status} ${Object.keys(answer.json).sort()} ${answer.text.length}`;

export async function registration(base) {
  const demo = new Demo(base);
  const who = somebodyNew();

  await check('somebody new registers with a code and logs in', async () => {
    const browser = await freshBrowser(base);
    const wrong = expect(await startRegistration(browser, who, { ...(await captchaOf(browser)), captcha: 'ZZZZ' }), '403 captcha_wrong');
    matches(wrong.json.captcha?.id, /./, 'fresh captcha');
    const { registration: sealed } = expect(await startRegistration(browser, who), '202').json;
    expect(await startRegistration(browser, who), '429 too_many');
    const code = await demo.smsCode(who.phone);
    const finish = (changes) => browser.call('POST', '/api/v1/register/finish', { registration: sealed, code, password: who.password, ...changes });
    const weak = expect(await finish({ password: 'abc12345' }), '400 password_too_weak');
    matches(weak.json.error.fields.password, /./, 'the rule');
    expect(await finish({ code: code === '000000' ? '111111' : '000000' }), '403 code_wrong');
    const stranger = await freshBrowser(base);
    expect(await stranger.call('POST', '/api/v1/register/finish', { registration: sealed, code, password: who.password }), '403 code_wrong');
    const { person } = expect(await finish(), '201').json;
    equal(person.kind, 'personal', 'kind');
    equal(person.name_masked, '王*五', 'name_masked');
    expect(await finish(), '403 code_wrong');
    equal(expect(await logIn(browser, who), '200').json.person.id, person.id, 'id');
  });

  await check('a number that is taken gets the same answer, and its owner a text', async () => {
    const browser = await freshBrowser(base);
    const other = somebodyNew();
    const free = expect(await startRegistration(browser, other), '202');
    const taken = expect(await startRegistration(browser, { ...somebodyNew(), identity_number: who.identity_number }), '202');
    equal(shape(taken), shape(free), 'answer');
    const [{ text }] = await demo.texts(who.phone);
    matches(text, /已有账户/, 'text to the phone on record');
  });

  await check('a forgotten password is reset by a code, and what was logged in is over', async () => {
    const logged_in = await freshBrowser(base);
    expect(await logIn(logged_in, who), '200');
    await demo.advance(61);
    const browser = await freshBrowser(base);
    const known = expect(await startReset(browser, who), '202');
    const unknown = expect(await startReset(browser, somebodyNew()), '202');
    equal(shape(unknown), shape(known), 'answer');
    const finish = (body) => browser.call('POST', '/api/v1/password/reset/finish', body);
    const code = await demo.smsCode(who.phone);
    expect(await finish({ reset: unknown.json.reset, code, new_password: 'Reise#2026y' }), '403 code_wrong');
    const weak = expect(await finish({ reset: known.json.reset, code, new_password: 'short' }), '400 password_too_weak');
    matches(weak.json.error.fields.new_password, /./, 'the rule');
    expect(await finish({ reset: known.json.reset, code, new_password: 'Reise#2026y' }), '204');
    expect(await logged_in.call('GET', '/api/v1/session'), '401 session_missing');
    expect(await logIn(browser, who), '401 credentials_wrong');
    expect(await logIn(browser, { ...who, password: 'Reise#2026y' }), '200');
  });

  await check('the ticket of a password that must change starts a reset alone', async () => {
    const browser = await freshBrowser(base);
    const { reset_ticket } = expect(await logIn(browser, people.sun), '403 password_must_change').json;
    await demo.advance(61);
    const { reset } = expect(await browser.call('POST', '/api/v1/password/reset/start', { reset_ticket }), '202').json;
    matches(reset, /^[0-9A-Za-z_-]+$/, 'reset');
    await demo.smsCode(people.sun.phone);
    const bent = { reset_ticket: `${reset_ticket.slice(0, -2)}AA` };
    expect(await browser.call('POST', '/api/v1/password/reset/start', bent), '401 session_missing');
  });
}
