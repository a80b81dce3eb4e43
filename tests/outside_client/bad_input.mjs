// Input that no client of ours sends: each gets its documented code (docs/protocol.md section 2).
import { check, expect } from './checks.mjs';
import { people } from './demo.mjs';
import { Browser, exchange } from './http.mjs';

const LOGIN = '/api/v1/login/password';

export async function badInput(base) {
  const browser = new Browser(base);
  expect(await browser.call('GET', '/api/v1/context'), '200');
  const { kind, identity_number, password } = people.lin;
  const good = { kind, identity_number, password, captcha_id: 'a'.repeat(23), captcha: 'ABCD' };
  const text = JSON.stringify(good);

  const bodies = {
    'no body': undefined,
    'an array': [],
    'a number': '5',
    'half an object': text.slice(0, -1),
    'text after the object': `${text} x`,
    'a number as identity number': { ...good, identity_number: 110101190001010014 },
    'an unknown kind': { ...good, kind: 'robot' },
    'a missing key': { ...good, password: undefined },
    'an unknown key': { ...good, admin: true },
    'a key twice': text.replace('{', '{"kind":"personal",'),
    'a wrong check character': { ...good, identity_number: '110101190001010015' },
    'NUL': { ...good, password: 'Demo#2026lin\u0000' },
    'broken UTF-8': Buffer.concat([Buffer.from(text.slice(0, -3)), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
  };
  for (const [name, body] of Object.entries(bodies)) {
    await check(`login with ${name}: 400`, async () => {
      const headers = body === undefined ? { 'content-type': 'application/json' } : {};
      expect(await browser.call('POST', LOGIN, body, headers), '400 bad_request');
    });
  }

  await check('a body over 16 KiB: 413', async () => {
    expect(await browser.call('POST', LOGIN, { ...good, password: 'x'.repeat(17 * 1024) }), '413 too_large');
  });
  await check('text/plain: 415', async () => {
    expect(await browser.call('POST', LOGIN, text, { 'content-type': 'text/plain' }), '415 unsupported_type');
  });
  await check('a wrong method: 405; an unknown path: 404', async () => {
    expect(await browser.call('GET', LOGIN), '405 method_not_allowed');
    expect(await browser.call('GET', '/api/v1/nothing'), '404 not_found');
  });

  await check('a foreign Origin, null, or none: refused', async () => {
    for (const path of ['/api/v1/captcha', LOGIN, '/api/v1/qr/cancel', '/api/v1/qr/redeem', '/api/v1/logout']) {
      const body = path === LOGIN ? good : undefined;
      for (const origin of ['https://evil.example', 'null']) {
        expect(await browser.call('POST', path, body, { origin }), '403 origin_refused');
      }
      const answer = await exchange(base, 'POST', path, { headers: { cookie: browser.cookie }, body });
      expect(answer, '403 origin_refused');
    }
  });
  await check('an old browser without Origin is known by its Referer', async () => {
    const headers = { cookie: browser.cookie, referer: `${browser.origin}/login` };
    expect(await exchange(base, 'POST', '/api/v1/captcha', { headers }), '200');
  });
  await check('the shape is looked at before the Origin', async () => {
    expect(await browser.call('POST', LOGIN, { ...good, admin: true }, { origin: 'https://evil.example' }), '400 bad_request');
  });

  await check('the phone side takes no foreign Origin, no cookie, and only its own tokens', async () => {
    const me = (headers) => exchange(base, 'GET', '/api/v1/phone/me', { headers });
    const scan = (headers) => exchange(base, 'POST', `/api/v1/phone/tickets/${'x'.repeat(32)}/scan`, { headers, body: {} });
    expect(await me({}), '401 token_missing');
    expect(await me({ cookie: browser.cookie }), '401 token_missing');
    expect(await me({ authorization: `Bearer ${'A'.repeat(43)}` }), '401 token_missing');
    expect(await me({ authorization: 'Basic bGluOmxpbg==' }), '401 token_missing');
    expect(await scan({}), '401 token_missing');
    expect(await scan({ origin: 'https://evil.example' }), '403 origin_refused');
  });

  await check('a browser without a ticket redeems nothing', async () => {
    const other = new Browser(base);
    expect(await other.call('GET', '/api/v1/context'), '200');
    expect(await other.call('POST', '/api/v1/qr/redeem'), '404 ticket_unknown');
    expect(await other.call('POST', '/api/v1/qr/redeem', { code: 7 }), '400 bad_request');
  });
}
