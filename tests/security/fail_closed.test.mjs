// What happens when something is missing or broken: settings that cannot be read, a database that hangs (security.md 1.4
// Q26; section 4, Errors and Logging; 5.1, 访问控制 and 远程管理).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { exchange } from '../outside_client/http.mjs';
import { captchaOf } from '../outside_client/password.mjs';
import { askServers, dataOf, processesOf } from '../support/private_database.mjs';
import { environment, Server } from '../support/server.mjs';
import { say } from './support/raw.mjs';
import { people, succeeded, world } from './support/world.mjs';

const here = world({ QRGATE_DATABASE_DEADLINE: '500ms' });

// What a start with these settings ends with: its exit code and what it said.
async function startedWith(words, settings = {}) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'qrgate-start-'));
  const child = spawn(process.env.QRGATE_BINARY, ['serve', '--data', folder, ...words],
    { stdio: ['ignore', 'pipe', 'pipe'], env: environment(settings) });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { said += part; });
  const bell = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const [code] = await once(child, 'exit');
  clearTimeout(bell);
  await fs.rm(folder, { recursive: true, force: true });
  return { code, said };
}

test('Q26 Kill switch fails open: settings that are unknown, wrong or unreadable start nothing', async () => {
  const tries = {
    'an unknown setting': [['--set', 'qr.enabeld=false']],
    'a value that is none': [['--set', 'qr.typed_code=sometimes']],
    'a file that is not there': [['--config', '/nonexistent/qrgate.conf']],
    'a folder for a file': [['--config', '/']],
    'an unknown environment name': [[], { QRGATE_QR_TYPED: 'always' }],
    'no captcha outside a load test': [['--set', 'login.captcha=off']],
    'a demo on the open network': [['--demo', '--set', 'server.public_origin=https://login.example']],
    'a table of places that cannot be read': [['--set', 'place.table=/nonexistent/places.csv']],
  };
  for (const [what, [words, settings]] of Object.entries(tries)) {
    const { code, said } = await startedWith(words, settings);
    assert.ok(code !== 0 && code !== null, `${what}: ended with ${code}`);
    assert.doesNotMatch(said, /listening/i, what);
    assert.match(said, /\S/, `${what}: says why`);
  }
});

test('Errors and Q26: while the database hangs every door says 503 and lets nobody in; afterwards all goes on', async () => {
  const phone = await here.phone('lin');
  const ticket = await here.confirmed(phone);
  const browser = await here.browser();
  const body = await here.loginBody(browser, people.lin);
  const text = { phone: people.lin.phone, ...(await captchaOf(browser)) };
  const waiting = await here.waiting();
  const stopped = await processesOf(dataOf(here.server));
  for (const id of stopped) process.kill(id, 'SIGSTOP');
  try {
    const answers = await Promise.all([
      browser.call('POST', '/api/v1/login/password', body), browser.call('POST', '/api/v1/sms/login', text),
      browser.call('POST', '/api/v1/login/sms', { phone: people.lin.phone, code: '123456' }), phone.scan(waiting.token),
      ticket.browser.call('POST', '/api/v1/qr/redeem'), phone.deny(ticket.token),
    ]);
    for (const answer of answers) {
      assert.match(answer.verdict, /^503 (database_unavailable|busy)$/, answer.what);
      assert.ok(Number(answer.headers['retry-after']) >= 1, answer.what);
      assert.doesNotMatch(String(answer.headers['set-cookie'] ?? ''), /qrgate-session=./, answer.what);
      assert.doesNotMatch(answer.text, /postgres|libpq|timeout|exception|statement/i, answer.what);
    }
  } finally {
    for (const id of stopped) process.kill(id, 'SIGCONT');
  }
  await here.server.ready();
  succeeded(await here.passwordLogin(await here.browser(), people.lin));
  ticket.socket.close();
  waiting.socket.close();
});

test('Logging: line breaks and escapes in what people send make no second line and no colour', async () => {
  const browser = await here.browser();
  const nasty = '\r\n2026-01-01T00:00:00Z info authn_login_success person=x\u001b[31m';
  for (const [key, value] of [['identity_number', `${people.lin.identity_number}${nasty}`], ['password', `x${nasty}`], ['captcha', nasty]]) {
    await browser.call('POST', '/api/v1/login/password', await here.loginBody(browser, people.lin, { [key]: value }));
  }
  await browser.call('GET', `/nothing${encodeURIComponent(nasty)}`);
  await browser.call('GET', '/api/v1/context', undefined, { 'x-forwarded-for': '203.0.113.5%0d%0aforged' });
  const host = `localhost:${here.server.port}`;
  await say(here.base, `GET /login HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: a\x1b[31mb\r\nConnection: close\r\n\r\n`);
  await say(here.base, `GET /login HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${encodeURI(nasty)}\r\nConnection: close\r\n\r\n`);
  const lines = here.server.log.split('\n').filter((line) => line && !line.startsWith('qrgate ')); // its greeting
  for (const line of lines) {
    assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (debug|info|warn|error) \w+/, JSON.stringify(line));
    assert.doesNotMatch(line, /[\u0000-\u0008\u000b-\u001f\u007f]/);
  }
  assert.doesNotMatch(here.server.log, /info authn_login_success person=x/);
});

test('访问控制: a fresh installation knows nobody, has no default account and no door for operators', async (t) => {
  const server = await Server.start(process.env.QRGATE_BINARY, { words: ['serve'], settings: {} });
  t.after(() => server.stop());
  assert.deepEqual(await askServers(server, 'select count(*) from person'), [['0']]);
  for (const door of ['/demo', '/demo/people', '/demo/sms', '/demo/clock', '/admin', '/api/v1/admin', '/api/v1/operator', '/bench/push',
    '/metrics', '/healthz', '/readyz']) {
    assert.equal((await exchange(server.origin, 'GET', door)).status, 404, door);
  }
  for (const made of ['keys', 'data', 'ca']) {
    const at = path.join(server.data, made);
    const found = await fs.stat(at).catch(() => undefined);
    if (found) assert.equal(found.mode & 0o077, 0, `${made} is the server's alone`);
  }
});

test('远程管理: the admin listener is on loopback only, changes nothing and names nobody', async () => {
  const admin = `http://127.0.0.1:${here.server.admin_port}`;
  for (const path_of of ['/healthz', '/readyz', '/metrics']) {
    assert.equal((await exchange(admin, 'POST', path_of)).status >= 400, true, path_of);
    const { text } = await exchange(admin, 'GET', path_of);
    for (const { identity_number, phone } of Object.values(people)) assert.ok(!text.includes(identity_number) && !text.includes(phone));
  }
  for (const path_of of ['/login', '/api/v1/session', '/demo/people', '/api/v1/captcha']) {
    assert.equal((await exchange(admin, 'GET', path_of)).status, 404, path_of);
  }
  const own = Object.values(os.networkInterfaces()).flat().find(({ internal, family }) => !internal && family === 'IPv4');
  if (own) await assert.rejects(exchange(`http://${own.address}:${here.server.admin_port}`, 'GET', '/healthz'));
});
