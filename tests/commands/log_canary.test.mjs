// The canary: a whole life against the real server, everything secret of it remembered, and then everything the server
// wrote searched for it. And what a stranger puts into names, headers and addresses stays inside its log line.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Demo, people } from '../outside_client/demo.mjs';
import { exchange } from '../outside_client/http.mjs';
import { freshBrowser, loginBody, passwordLogin } from '../outside_client/password.mjs';
import { phonesReady, qrLogin } from '../outside_client/qr.mjs';
import { registration } from '../outside_client/registration.mjs';
import { smsLogin } from '../outside_client/sms.mjs';
import { metricsOf } from '../support/metrics.mjs';
import { Server } from '../support/server.mjs';
import { allSealed, audit } from './support/audit.mjs';

const NAMES = ['林晓燕', '郝建国', '孙桂兰', '王小五'];
// Typed into fields where they are wrong.
const WRONG = ['Kanarienvogel#2026!', '金丝雀金丝雀', '13977770001', '110101190001019994'];
// In these fields of requests and answers stands what nobody may find again.
const SECRET_FIELDS = ['password', 'new_password', 'old_password', 'identity_number', 'phone', 'code', 'sms_code', 'captcha',
  'token', 'reset', 'reset_ticket', 'registration', 'verifier', 'unlock_verifier', 'secret', 'signature', 'proof', 'device',
  'challenge', 'image', 'answer'];
const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (trace|debug|info|warn|error) [a-z_]+( [a-z_0-9]+=("([^"\\]|\\.)*"|[^ "]+))*$/;

const secrets = new Map(); // value → where it stood

// What is short must look like what it is: a code, a captcha's letters; `short` as a password is a word like others.
function remember(value, where) {
  if (typeof value !== 'string') return;
  const is_code = /^\d{6}$/.test(value);
  const is_captcha = / (captcha|answer)$/.test(where) && /^[0-9A-Z]{4,}$/.test(value) && /[A-Z]/.test(value);
  const is_name = /^\p{Script=Han}{3,}$/u.test(value);
  if (is_code || is_captcha || is_name || (value.length >= 8 && !/^[a-z_]+$/.test(value))) secrets.set(value, where);
}

function rememberFields(value, where) {
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    if (SECRET_FIELDS.includes(key)) remember(inner, `${where} ${key}`);
    rememberFields(inner, where);
  }
}

function rememberBody(text, where) {
  try {
    rememberFields(JSON.parse(text), where);
  } catch {
    for (const [key, value] of new URLSearchParams(text)) if (SECRET_FIELDS.includes(key)) remember(value, `${where} ${key}`);
  }
  for (const [code] of text.matchAll(/(?<!\d)\d{6}(?!\d)/g)) if (where.includes('/demo/sms')) remember(code, 'a code in a text');
}

// Everything that the clients of this process say and hear goes past here.
function listen() {
  const said = http.request;
  http.request = (url, options, answered) => {
    if (answered === undefined) return said(url, options); // a WebSocket's upgrade
    const where = `${options.method} ${url.pathname}`;
    const ticket = /\/tickets\/([^/]+)/.exec(url.pathname);
    if (ticket) remember(ticket[1], `${where} ticket`);
    const { cookie, authorization } = options.headers;
    for (const pair of (cookie ?? '').split('; ')) remember(pair.slice(pair.indexOf('=') + 1), `${where} cookie`);
    if (authorization) remember(authorization.replace(/^Bearer /, ''), `${where} bearer`);
    const request = said(url, options, (response) => {
      for (const line of response.headers['set-cookie'] ?? []) remember(line.split(';')[0].split('=').slice(1).join('='), `${where} set-cookie`);
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => rememberBody(Buffer.concat(parts).toString(), where));
      answered(response);
    });
    const { end } = request;
    request.end = function ending(payload) {
      if (payload !== undefined) rememberBody(payload.toString(), where);
      return end.call(this, payload);
    };
    return request;
  };
}

async function filesBelow(folder) {
  const entries = await fs.readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

// Short values only where they stand alone: four letters are in many a number.
function holds(text, value) {
  if (value.length >= 12) return text.includes(value);
  const plain = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![0-9A-Za-z])${plain}(?![0-9A-Za-z])`).test(text);
}

let server;
before(async () => {
  listen();
  server = await Server.start(process.env.QRGATE_BINARY, ['--set', 'log.level=trace']);
});
after(async () => { await server?.stop(); });

async function login(changes, headers = {}) {
  const browser = await freshBrowser(server.origin);
  return browser.call('POST', '/api/v1/login/password', await loginBody(browser, people.lin, changes), headers);
}

async function wholeLife() {
  const base = server.origin;
  const phones = [];
  await passwordLogin(base);
  await smsLogin(base);
  await registration(base);
  const setup = await phonesReady(base, phones);
  await qrLogin(setup);
  for (const wrong of WRONG) {
    remember(wrong, 'a wrong try');
    await login({ password: wrong });
    await login({ identity_number: wrong });
    await login({ captcha: wrong });
    await login({}, { 'user-agent': Buffer.from(wrong).toString('latin1'), referer: `${base}/login?name=${encodeURIComponent(wrong)}` });
    await exchange(base, 'GET', `/login?password=${encodeURIComponent(wrong)}`);
    await exchange(base, 'GET', `/${encodeURIComponent(wrong)}`);
    await exchange(base, 'GET', '/api/v1/session', { headers: { cookie: `qrgate-session=${encodeURIComponent(wrong)}` } });
    await exchange(base, 'POST', '/api/v1/phone/login', { body: { device: wrong, [wrong]: wrong } });
  }
  for (const phone of phones) await phone.cleanUp();
  await new Demo(base).advance(61);
}

test('Logging: no secret and no full identifier stands in anything the server wrote', async () => {
  for (const person of Object.values(people)) {
    remember(person.identity_number, 'a person');
    remember(person.phone, 'a person');
    remember(person.password, 'a person');
  }
  for (const name of NAMES) remember(name, 'a person');
  remember('392817', 'a passphrase'); // the outside client's
  await wholeLife();
  const verified = await allSealed(server);
  const written = new Map([
    ['stdout and stderr', server.log.replace(/ us=\d+/g, '')], // six digits may be any code
    ['audit export', (await audit(server, 'export')).out],
    ['audit verify', verified.out + verified.err],
    ['metrics', await metricsOf(server)],
  ]);
  for (const file of await filesBelow(server.data)) {
    const name = path.relative(server.data, file);
    if (name.startsWith('keys/') || name.startsWith('ca/') || name.startsWith('postgresql/data/')) continue;
    written.set(name, (await fs.readFile(file)).toString('latin1'));
  }
  assert.ok([...written.keys()].some((name) => name.endsWith('postgres.log')), `${[...written.keys()]}: PostgreSQL's own log`);
  assert.ok(secrets.size > 150, `${secrets.size} secrets were seen`);
  assert.ok(written.get('stdout and stderr').includes('http_request'), 'the log is there');

  for (const secret of [people.lin.password, '392817', NAMES[0]]) {
    assert.ok([...secrets.keys()].some((value) => holds(`a line with ${secret} in it`, value)), 'the search finds what is there');
  }

  const found = [];
  for (const [value, where] of secrets) {
    for (const [name, text] of written) if (holds(text, value)) found.push(`${name}: ${where}: ${value.slice(0, 40)}`);
  }

  assert.deepEqual(found, []);
});

test('Logging: what people are called and how they are reached lies sealed in the database, its log and its journal', async () => {
  const found = [];
  for (const file of await filesBelow(path.join(server.data, 'postgresql'))) {
    const octets = await fs.readFile(file).catch(() => Buffer.alloc(0));
    for (const person of Object.values(people)) {
      for (const secret of [person.identity_number, person.phone, person.password]) {
        if (octets.includes(secret)) found.push(`${path.basename(file)}: ${secret}`);
      }
    }
    for (const name of NAMES) if (octets.includes(name)) found.push(`${path.basename(file)}: ${name}`);
  }

  assert.deepEqual(found, []);
});

// One request as octets, because a decent client sends none of these. → the status line, or '' when it was cut off.
function raw(text) {
  return new Promise((resolve) => {
    const socket = net.connect(server.port, '127.0.0.1', () => socket.end(text));
    let answer = '';
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (part) => { answer += part.toString('latin1'); });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer.split('\r\n')[0]));
  });
}

test('Logging: CR, LF, ESC and their spellings in names, headers, paths and addresses make no line and no control', async () => {
  const forged = '2026-11-22T00:00:00Z info forged by=stranger';
  const already = server.log.length;
  const bends = [`\r\n${forged}\r\n`, `\n${forged}`, `\r${forged}`, `\u001b[2J\u001b]0;${forged}\u0007`, `\u0085${forged}`,
    `\u2028${forged}`, `\u202e${forged}`, '\u0000', '\u007f', `"} {"event":"forged"`, `%0d%0a${encodeURIComponent(forged)}`];
  for (const bend of bends) {
    await login({ identity_number: bend, password: bend });
    await login({ kind: bend, [bend]: bend });
    const escaped = encodeURIComponent(bend);
    await exchange(server.origin, 'GET', `/${escaped}?${escaped}=${escaped}`);
    await exchange(server.origin, 'GET', `/s/${escaped}`);
    await exchange(server.origin, 'POST', `/api/v1/phone/tickets/${escaped}/scan`, { body: {} });
    for (const header of ['User-Agent', 'X-Forwarded-For', 'X-Request-Id', 'Referer', 'Cookie', 'Authorization', 'Accept-Language']) {
      await raw(`GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\n${header}: ${bend}\r\nConnection: close\r\n\r\n`);
    }
    await raw(`GET /${bend} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    await raw(`${bend} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  }
  assert.equal((await login({})).status, 200, 'it still works');

  const lines = server.log.slice(already).split('\n').filter(Boolean);

  assert.ok(lines.length > bends.length, `${lines.length} lines`);
  for (const line of lines) {
    assert.match(line, LINE);
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
    assert.ok(!line.startsWith(forged), line);
  }
  const out = (await audit(server, 'export')).out.split('\n').filter(Boolean);
  for (const line of out) {
    JSON.parse(line);
    assert.doesNotMatch(line, /forged/);
  }
});
