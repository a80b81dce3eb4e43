// The password door (docs/protocol.md section 3).
import { check, equal, expect, expectSuccess, matches, RFC3339 } from './checks.mjs';
import { answerCaptcha, numberOfNobody, people } from './demo.mjs';
import { Browser } from './http.mjs';

export async function freshBrowser(base) {
  const browser = new Browser(base);
  expect(await browser.call('GET', '/api/v1/context'), '200');
  return browser;
}

export const captchaOf = async (browser) => answerCaptcha(browser.base, await browser.call('POST', '/api/v1/captcha'));

// What the password form of this browser would send.
export async function loginBody(browser, person, changes = {}) {
  const { kind, identity_number, password } = person;
  return { kind, identity_number, password, ...(await captchaOf(browser)), ...changes };
}

export async function logIn(browser, person, changes = {}) {
  return browser.call('POST', '/api/v1/login/password', await loginBody(browser, person, changes));
}

// The same failure gives the same bytes whether or not the account exists, captcha and retry_after aside.
function withoutWhatMayDiffer(answer) {
  const body = answer.json;
  delete body.captcha;
  delete body.error.retry_after;
  return `${answer.status} ${JSON.stringify(body)}`;
}

export async function passwordLogin(base) {
  const { lin, sun, gongsi } = people;

  await check('the context sets a pre-session', async () => {
    const browser = await freshBrowser(base);
    matches(browser.cookie, /./, 'cookie');
  });

  await check('a captcha has a picture', async () => {
    const browser = await freshBrowser(base);
    const answer = expect(await browser.call('POST', '/api/v1/captcha'), '200');
    matches(answer.json.image, /^data:image\//, 'image');
    equal(answer.json.expires_in, 600, 'expires_in');
  });

  await check('lin logs in by password and has a session', async () => {
    const browser = await freshBrowser(base);
    const before = browser.cookie;
    const answer = expect(await logIn(browser, lin), '200');
    equal(answer.json.person.level, 3, 'level');
    equal(answer.json.person.kind, 'personal', 'kind');
    matches(answer.json.redirect_to, /^\//, 'redirect_to');
    if (browser.cookie === before) throw new Error('no new cookie');
    const session = expect(await browser.call('GET', '/api/v1/session'), '200').json;
    equal(session.method, 'password', 'method');
    equal(session.aal, 1, 'aal');
    equal(session.person.id, answer.json.person.id, 'person');
    matches(session.expires_at, RFC3339, 'expires_at');
    expect(await browser.call('GET', '/api/v1/sessions'), '200');
    expectSuccess(await browser.call('POST', '/api/v1/logout'));
    expect(await browser.call('GET', '/api/v1/session'), '401 session_missing');
  });

  await check('a company logs in', async () => {
    const browser = await freshBrowser(base);
    equal(expect(await logIn(browser, gongsi), '200').json.person.kind, 'corporate', 'kind');
    expectSuccess(await browser.call('POST', '/api/v1/logout'));
  });

  await check('a form of a page without script is answered by a redirect', async () => {
    const browser = await freshBrowser(base);
    const { kind, identity_number, password } = lin;
    const form = new URLSearchParams({ kind, identity_number, password, ...(await captchaOf(browser)) });
    const answer = await browser.call('POST', '/api/v1/login/password', form.toString(),
      { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' });
    expect(answer, '303');
    expect(await browser.call('GET', '/api/v1/session'), '200');
    expectSuccess(await browser.call('POST', '/api/v1/logout'));
  });

  await check('a wrong password and an unknown number are told in the same bytes', async () => {
    const browser = await freshBrowser(base);
    const wrong = expect(await logIn(browser, lin, { password: 'Wrong#2026x' }), '401 credentials_wrong');
    const unknown = expect(await logIn(browser, lin, { identity_number: numberOfNobody() }), '401 credentials_wrong');
    matches(wrong.json.captcha?.id, /./, 'fresh captcha');
    equal(withoutWhatMayDiffer(unknown), withoutWhatMayDiffer(wrong), 'body');
    await answerCaptcha(base, unknown);
  });

  await check('a captcha is good for one answer of one browser', async () => {
    const browser = await freshBrowser(base);
    const other = await freshBrowser(base);
    const captcha = await captchaOf(browser);
    expect(await logIn(other, lin, captcha), '403 captcha_wrong');
    const used = await captchaOf(browser);
    expect(await logIn(browser, lin, { ...used, captcha: 'ZZZZ' }), '403 captcha_wrong');
    expect(await logIn(browser, lin, used), '403 captcha_wrong');
  });

  await check('sun, whose password is too weak, is sent to the reset', async () => {
    const browser = await freshBrowser(base);
    const answer = expect(await logIn(browser, sun), '403 password_must_change');
    matches(answer.json.reset_ticket, /./, 'reset_ticket');
    expect(await browser.call('GET', '/api/v1/session'), '401 session_missing');
  });
}
