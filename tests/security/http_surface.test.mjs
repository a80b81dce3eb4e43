// The HTTP surface, octet by octet through a real socket (security.md section 4: HTTP framing, Beast defaults,
// Undocumented paths, Injection and type confusion).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchange } from '../outside_client/http.mjs';
import { octetsOf } from './support/last_byte.mjs';
import { say } from './support/raw.mjs';
import { people, world } from './support/world.mjs';

const here = world();

const CRLF = '\r\n';
const head = (...lines) => lines.concat('', '').join(CRLF);
const host = () => `Host: localhost:${here.server.port}`;
const get = (path, ...more) => head(`GET ${path} HTTP/1.1`, host(), ...more);
const post = (...more) => head('POST /api/v1/captcha HTTP/1.1', host(), ...more);
const talk = (said, options) => say(here.base, said, options);
const codeOf = (text) => /"code":"(\w+)"/.exec(text)?.[1];

// Refused with one answer, and the connection closed: what follows is never read as another request.
async function refusedAndClosed(what, said, status) {
  const answer = await talk(`${said}${get('/api/v1/context')}`);
  assert.deepEqual(answer.statuses, [status], what);
  assert.ok(answer.closed, `${what}: closed`);
}

test('HTTP framing: what a proxy could read otherwise than we do is refused and the connection closed', async () => {
  const smuggled = get('/demo/people');
  const refused = {
    'Transfer-Encoding beside Content-Length': [`${post('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`, 400],
    'two Content-Length': [`${post('Content-Length: 0', 'Content-Length: 5')}${smuggled}`, 400],
    'Content-Length twice the same': [`${post('Content-Length: 0', 'Content-Length: 0')}`, 400],
    'Content-Length as a list': [post('Content-Length: 0, 0'), 400],
    'Content-Length with a plus': [post('Content-Length: +0'), 400],
    'Content-Length in hex': [post('Content-Length: 0x0'), 400],
    'a negative Content-Length': [post('Content-Length: -1'), 400],
    'a Content-Length beyond 64 bits': [post('Content-Length: 99999999999999999999999'), 400],
    'chunked alone': [`${post('Transfer-Encoding: chunked')}0\r\n\r\n`, 411],
    'chunked in disguise': [`${post('Transfer-Encoding: xchunked')}`, 400],
    'chunked with a tab': [`${post('Transfer-Encoding:\tchunked')}0\r\n\r\n`, 411],
    'a folded line': [get('/login', 'X-A: b', ' c'), 400],
    'a space before the colon': [get('/login', 'X-A : b'), 400],
    'a bare LF': [`GET /login HTTP/1.1\n${host()}\n\n`, 400],
    'a bare CR': [get('/login', 'X-A: b\rX-B: c'), 400],
    'NUL in a value': [get('/login', 'X-A: b\0c'), 400],
    'NUL in the path': [get('/lo\0gin'), 400],
    'no Host': [head('GET /login HTTP/1.1'), 400],
    'two Host': [get('/login', 'Host: evil.example'), 400],
    'the absolute form': [get('http://evil.example/login'), 400],
    'the authority form': [head('CONNECT evil.example:443 HTTP/1.1', host()), 400],
    'a lower-case method': [head('get /login HTTP/1.1', host()), 405],
    'HTTP/2.0': [head('GET /login HTTP/2.0', host()), 400],
    'HTTP/1.10': [head('GET /login HTTP/1.10', host()), 400],
    'no version': ['GET /login\r\n\r\n', 400],
    'two spaces': [head('GET  /login HTTP/1.1', host()), 400],
    'a tab for a space': [head('GET\t/login HTTP/1.1', host()), 400],
    'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    'TLS on the plain port': ['\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n', 400],
  };
  const wrong = [];
  for (const [what, [said, status]] of Object.entries(refused)) {
    const answer = await talk(said);
    const [first] = answer.statuses;
    // 400 is what most get; the ones with a number of their own may as well get 400.
    if (answer.statuses.length !== 1 || ![status, 400, 501, 505].includes(first)) wrong.push(`${what}: ${answer.statuses}`);
    if (status === 400 && !answer.closed) wrong.push(`${what}: not closed`);
    if (answer.text.includes('identity_number')) wrong.push(`${what}: the smuggled request was answered`);
  }
  assert.deepEqual(wrong, []);
});

test('HTTP framing: heads over 8 KiB and bodies over 16 KiB are refused before they are read', async () => {
  await refusedAndClosed('9 KB of one header', get('/login', `X-A: ${'a'.repeat(9000)}`), 431);
  await refusedAndClosed('9 KB of many headers', get('/login', ...Array.from({ length: 600 }, (_, i) => `X-${i}: 123456`)), 431);
  await refusedAndClosed('a path of 9 KB', get(`/${'a'.repeat(9000)}`), 431);
  const large = await talk(post('Content-Type: application/json', 'Content-Length: 20000'));
  assert.deepEqual([large.statuses, large.closed], [[413], true]);
  const fits = await talk(get('/api/v1/context', `X-A: ${'a'.repeat(7000)}`, 'Connection: close'));
  assert.deepEqual(fits.statuses, [200]);
});

test('HTTP framing: pipelined requests are answered in their order, one each', async () => {
  const answer = await talk(get('/api/v1/context') + get('/api/v1/nothing') + get('/api/v1/session', 'Connection: close'));
  assert.deepEqual(answer.statuses, [200, 404, 401]);
});

test('HTTP framing: a request octet by octet is the same request', async () => {
  const { createConnection } = await import('node:net');
  const socket = createConnection({ host: '127.0.0.1', port: here.server.port, noDelay: true });
  let text = '';
  socket.on('data', (part) => { text += part; });
  for (const octet of get('/api/v1/context', 'Connection: close')) await new Promise((resolve) => socket.write(octet, resolve));
  await new Promise((resolve) => socket.once('close', resolve));
  assert.match(text, /^HTTP\/1\.1 200 /);
});

test('HTTP framing: methods that a path does not have are refused, TRACE and CONNECT everywhere', async () => {
  for (const method of ['TRACE', 'TRACK', 'CONNECT', 'PATCH', 'PROPFIND', 'OPTIONS', 'PUT', 'DELETE', 'BREW']) {
    for (const path of ['/login', '/api/v1/login/password', '/api/v1/session', '/ws/qr']) {
      const { text, statuses } = await talk(head(`${method} ${path} HTTP/1.1`, host(), 'Content-Length: 0', 'Connection: close', 'X-Canary: fly'));
      assert.ok([400, 403, 404, 405, 501].includes(statuses[0]), `${method} ${path}: ${statuses}`);
      assert.ok(!/X-Canary|^allow: .*trace/im.test(text), `${method} ${path} says nothing back`);
    }
  }
  const options = await talk(head('OPTIONS /api/v1/session HTTP/1.1', host(), 'Origin: https://evil.example',
    'Access-Control-Request-Method: POST', 'Connection: close'));
  assert.doesNotMatch(options.text, /access-control-allow/i, 'no CORS for anybody');
});

test('Undocumented paths: no spelling of a path is another way in, and nothing outside is reached', async () => {
  const spellings = ['//api/v1/session', '/api//v1/session', '/api/v1/./session', '/api/v1/x/../session', '/api/v1/session/',
    '/API/v1/session', '/api/v1/%73ession', '/api/v1/session%2f', '/api%2fv1%2fsession', '/api/v1/session;a=b', '/api/v1/session%00',
    '/api/v1/session%20', '/api/v1/sessio%6e', '/..%2f..%2fetc/passwd', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/../../../../etc/passwd', '/....//....//etc/passwd', '/login.bak', '/.git/config', '/.env', '/server-status', '/debug',
    '/metrics', '/healthz', '/readyz', '/actuator', '/admin', '/api/v2/session', '/api/v1/login', '/api/v1/debug', '/phpinfo.php'];
  for (const path of spellings) {
    const { statuses, text } = await talk(get(path, 'Connection: close'));
    assert.ok([400, 404].includes(statuses[0]), `${path}: ${statuses}`);
    assert.ok(!text.includes('root:'), path);
  }
  for (const path of ['/login%', '/login%zz', '/s/%', '/s/%ff%fe', '/api/v1/captcha/%00.wav', '/login?%', '/login?tab=%zz', '/%', '*']) {
    const { statuses } = await talk(get(path, 'Connection: close'));
    assert.ok(statuses[0] >= 200 && statuses[0] < 500, `${path}: ${statuses}`);
  }
});

test('SQL injection and type confusion: only well-formed JSON of the documented types is looked at', async () => {
  const browser = await here.browser();
  const good = await here.loginBody(browser, people.lin);
  const text = JSON.stringify(good);
  const put = (value) => text.replace(JSON.stringify(good.password), () => value);
  const bad = {
    object: put('{}'), array: put('["Demo#2026lin"]'), number: put('1'), true: put('true'), null: put('null'), NaN: put('NaN'),
    'minus zero': put('-0'), '1e400': put('1e400'), 'a lone surrogate': put('"\\ud800"'), NUL: put('"a\\u0000b"'),
    'single quotes': put("'x'"), comment: `${text}/* */`, 'a comma too many': text.replace(/}$/, ',}'), 'a BOM': `\ufeff${text}`,
    'deep nesting': put(`${'['.repeat(5000)}${']'.repeat(5000)}`), 'a key twice': text.replace('{', '{"password":"x",'),
    '__proto__': text.replace('{', '{"__proto__":{"a":1},'), 'an operator of another database': put('{"$ne":null}'),
  };
  for (const [what, body] of Object.entries(bad)) {
    const answer = await browser.call('POST', '/api/v1/login/password', body, { 'content-type': 'application/json' });
    assert.equal(answer.verdict, '400 bad_request', what);
  }
  const injections = ["' or 1=1 --", "'; drop table person; --", '") or ("1"="1', '%27%20or%201=1', '\\', "$1", "1' and pg_sleep(5)--"];
  for (const injected of injections) {
    const fresh = await here.loginBody(browser, people.lin, { password: injected });
    assert.match((await browser.call('POST', '/api/v1/login/password', fresh)).verdict, /^(401 credentials_wrong|429 too_many)$/, injected);
    const as_captcha = { ...fresh, captcha_id: injected };
    assert.match((await browser.call('POST', '/api/v1/login/password', as_captcha)).verdict, /^(40[03] |429 )/, injected);
    const cookie = `qrgate-session=${encodeURIComponent(injected)}`;
    assert.equal((await exchange(here.base, 'GET', '/api/v1/session', { headers: { cookie } })).verdict, '401 session_missing');
  }
  assert.equal(Number((await here.rows('select count(*) from person'))[0]) >= 6, true, 'everybody is still there');
  assert.equal((await browser.call('POST', '/api/v1/login/password', good)).status === 200
    || (await here.rows('select 1'))[0] === '1', true);
});

test('Errors: broken requests get one line of JSON with a code, never a stack, a path of the server or a version', async () => {
  const said = [get('/api/v1/nothing', 'Connection: close'), get('/login', 'X-A: b\0', 'Connection: close'),
    post('Content-Length: 5', 'Content-Type: application/json', 'Connection: close') + '{"a":',
    octetsOf(here.base, { method: 'POST', path: '/api/v1/login/password', body: '{' }).toString('latin1')];
  for (const octets of said) {
    const { text } = await talk(octets);
    assert.ok(codeOf(text), text.slice(0, 300));
    assert.doesNotMatch(text, /beast|boost|qrgate\/\d|postgres|exception|\.cpp|\/tmp\/|^server:|x-powered-by/im);
  }
});
