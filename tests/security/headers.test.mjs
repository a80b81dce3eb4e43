// The headers of every route, of pages, answers and errors, over plain HTTP behind a TLS proxy (security.md section 4:
// Headers, Cookie, Clear-Site-Data and no-store, CSRF).
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { test } from 'node:test';
import { exchange } from '../outside_client/http.mjs';
import { people, succeeded, world } from './support/world.mjs';

const here = world();

// "POST /api/v1/captcha" and so on, as docs/protocol.md names them, with something in their gaps.
async function documentedCalls() {
  const page = await fs.readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  const calls = new Set([...page.matchAll(/(GET|POST|PUT|DELETE) (\/[0-9A-Za-z_./{}-]*)/g)].map(([, method, path]) =>
    `${method} ${path.replaceAll(/\{[a-z]+\}/g, 'x')}`));
  return [...calls].filter((call) => !/\/ws\/qr|qr\/events|qr\/poll|\/demo|\/bench|\/oauth2|\.well-known|healthz|readyz|metrics/.test(call));
}

const overTls = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.5' };

function faultsOf(what, { status, headers, bytes }) {
  const wanted = {
    'x-content-type-options': /^nosniff$/, 'referrer-policy': /^same-origin$/, 'cross-origin-opener-policy': /^same-origin$/,
    'strict-transport-security': /^max-age=(3153\d{4}|[4-9]\d{7}|\d{9,}); includeSubDomains/, 'cache-control': /no-store|immutable|max-age|no-cache/,
    'content-security-policy': /default-src 'none'.*base-uri 'none'.*frame-ancestors '(none|self)'/,
  };
  const found = Object.entries(wanted).filter(([name, pattern]) => !pattern.test(headers[name] ?? '')).map(([name]) =>
    `${what}: ${name}: ${headers[name]}`);
  const type = headers['content-type'] ?? '';
  if (bytes.length && /^(text|application\/json)/.test(type) && !/charset=utf-8/i.test(type)) found.push(`${what}: ${type}`);
  if (bytes.length && !type) found.push(`${what}: no type`);
  if (/unsafe-inline|unsafe-eval/.test(headers['content-security-policy'] ?? '')) found.push(`${what}: unsafe in its policy`);
  for (const banner of ['server', 'x-powered-by', 'via']) if (headers[banner]) found.push(`${what}: ${banner}`);
  if (Object.keys(headers).some((name) => name.startsWith('access-control'))) found.push(`${what}: CORS`);
  if (status >= 500) found.push(`${what}: ${status}`);
  return found;
}

test('Headers: every documented call says all of them, whatever it answers', async () => {
  const calls = await documentedCalls();
  assert.ok(calls.length > 40, `${calls.length} calls`);
  const found = [];
  for (const call of calls) {
    const [method, path] = call.split(' ');
    found.push(...faultsOf(call, await exchange(here.base, method, path, { headers: overTls })));
  }
  assert.deepEqual(found, []);
});

test('Headers: errors of every status say them too', async () => {
  const of = {
    400: ['POST', '/api/v1/login/password', { body: '{', headers: overTls }],
    401: ['GET', '/api/v1/session', { headers: overTls }],
    403: ['POST', '/api/v1/captcha', { headers: { ...overTls, origin: 'https://evil.example', cookie: 'a=b' } }],
    404: ['GET', '/nothing', { headers: overTls }],
    405: ['GET', '/api/v1/login/password', { headers: overTls }],
    413: ['POST', '/api/v1/login/password', { body: 'x'.repeat(20_000), headers: overTls }],
    415: ['POST', '/api/v1/login/password', { body: 'x', headers: { ...overTls, 'content-type': 'text/plain' } }],
    431: ['GET', '/login', { headers: { ...overTls, 'x-a': 'a'.repeat(9000) } }],
  };
  const found = [];
  for (const [status, [method, path, options]] of Object.entries(of)) {
    const answer = await exchange(here.base, method, path, options);
    if (answer.status !== Number(status)) found.push(`${method} ${path}: ${answer.status} instead of ${status}`);
    // Who the proxy is, and whether it speaks TLS, is not read in a head that is refused as it stands.
    found.push(...faultsOf(status, answer).filter((fault) => !['413', '431'].includes(status) || !fault.includes('strict-transport')));
  }
  assert.deepEqual(found, []);
});

test('Cookie: opaque, host-only, HttpOnly, SameSite, of the session, and over TLS Secure with its prefix', async () => {
  const first = await exchange(here.base, 'GET', '/api/v1/context', { headers: overTls });
  const pre = first.headers['set-cookie'].join('\n');
  const cookie = pre.split(';')[0];
  const made = await exchange(here.base, 'POST', '/api/v1/captcha', { headers: { ...overTls, cookie, origin: here.base } });
  const captcha = (await exchange(here.base, 'GET', `/demo/captcha/${made.json.id}`)).json.answer;
  const { kind, identity_number, password } = people.lin;
  const answer = succeeded(await exchange(here.base, 'POST', '/api/v1/login/password', {
    headers: { ...overTls, cookie, origin: here.base }, body: { kind, identity_number, password, captcha_id: made.json.id, captcha } }));
  const lines = [pre, ...answer.headers['set-cookie']].filter((line) => !/Max-Age=0/i.test(line));
  const session = lines.find((line) => line.startsWith('__Host-qrgate-session='));
  assert.match(session, /^__Host-qrgate-session=[\w-]{43,};/, '256 bits');
  assert.doesNotMatch(session, /Max-Age|Expires/i, 'ends with the browser');
  for (const line of lines) {
    const name = line.split('=')[0];
    assert.match(line, /^__Host-/, name);
    for (const attribute of [/; Path=\/(;|$)/, /; HttpOnly/, /; Secure/, /; SameSite=(Lax|Strict)/]) assert.match(line, attribute, name);
    assert.doesNotMatch(line, /Domain=/i, name);
    assert.ok(line.length < 4096);
    assert.ok(!line.includes(identity_number));
  }
  for (const line of (await here.browser()).cookie.split('; ')) assert.match(line, /^qrgate-pre=[\w-]+$/, 'plain, on localhost');
});

test('Clear-Site-Data and no-store: what is personal is kept by no cache, and a logout takes it along', async () => {
  const browser = await here.loggedIn();
  for (const path of ['/api/v1/session', '/api/v1/sessions', '/api/v1/account', '/api/v1/logins', '/api/v1/context', '/api/v1/verify',
    '/login/captcha.png']) {
    assert.match((await browser.call('GET', path)).headers['cache-control'], /no-store/, path);
  }
  for (const path of ['/account', '/login', '/phone']) {
    const page = await browser.call('GET', path); // the empty page; what is personal comes by the calls above
    assert.match(page.headers['cache-control'], /no-cache|no-store/, path);
    assert.ok(!page.text.includes('林') && !page.text.includes(people.lin.phone), path);
  }
  const out = succeeded(await browser.call('POST', '/api/v1/logout'));
  assert.match(out.headers['set-cookie'].join('\n'), /qrgate-session=;.*Max-Age=0/i);
  assert.match(out.headers['clear-site-data'] ?? '', /"cache"|"storage"|"\*"/);
});

test('CSRF: no state changes for a foreign, a null or a missing Origin, and none by GET', async () => {
  const browser = await here.loggedIn(people.gongsi);
  const { sessions } = succeeded(await browser.call('GET', '/api/v1/sessions')).json;
  const changes = [['POST', '/api/v1/logout'], ['POST', '/api/v1/session/extend', {}], ['DELETE', `/api/v1/sessions/${sessions[0].id}`],
    ['DELETE', '/api/v1/sessions?others=1'], ['POST', `/api/v1/logins/${sessions[0].id}/undo`, {}],
    ['POST', '/api/v1/password', { old_password: people.gongsi.password, new_password: 'Anders#2026x' }],
    ['POST', '/api/v1/phone-number/start', { phone: '13800001111' }], ['POST', '/api/v1/qr/cancel'], ['POST', '/api/v1/qr/redeem'],
    ['PUT', '/api/v1/preferences', { easy: true, contrast: false, language: 'zh' }], ['POST', '/api/v1/captcha']];
  for (const [method, path, body] of changes) {
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { origin: `${here.base}.evil.example` },
      { referer: 'https://evil.example/login' }, {}]) {
      const answer = await exchange(here.base, method, path, { headers: { cookie: browser.cookie, ...headers }, body });
      assert.equal(answer.verdict, '403 origin_refused', `${method} ${path} ${JSON.stringify(headers)}`);
    }
  }
  const form = await exchange(here.base, 'POST', '/api/v1/login/password', { body: 'kind=personal',
    headers: { origin: 'https://evil.example', 'content-type': 'text/plain' } });
  assert.match(form.verdict, /^(415 unsupported_type|403 origin_refused)$/);
  for (const path of ['/api/v1/logout', '/api/v1/qr/redeem', '/api/v1/qr/cancel', '/api/v1/captcha']) {
    assert.match((await browser.call('GET', path)).verdict, /^(405 method_not_allowed|404 not_found)$/, `GET ${path}`);
  }
  assert.equal((await browser.call('GET', '/api/v1/session')).status, 200, 'still there');
});
