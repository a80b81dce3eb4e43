// The server without its demo mode: TLS of its own (and a new certificate on SIGHUP), no demo doors, a clean stop.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import WebSocket from 'ws';
import { freePorts } from '../support/ports.mjs';
import { environment } from '../support/server.mjs';
import { makeTlsCertificate } from '../support/tls_certificate.mjs';

const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;

let folder;
let child;
let log = '';
let port;
let admin_port;
let exited;

async function eventually(what, condition) {
  for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until;) {
    if (child.exitCode !== null) throw new Error(`qrgate ended early:\n${log}`);
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${what} did not come:\n${log}`);
}

function get(target, headers = {}) {
  return new Promise((resolve, reject) => {
    https.get({ host: 'localhost', port, path: target, headers, rejectUnauthorized: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer));
    }).on('error', reject);
  });
}

function presentedName() {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: 'localhost', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    }).on('error', reject);
  });
}

before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'qrgate-tls-'));
  await fs.chmod(folder, 0o711);
  makeTlsCertificate(folder, 'first');
  [port, admin_port] = await freePorts(2);
  child = spawn(process.env.QRGATE_BINARY, ['serve', '--data', folder,
    '--set', `server.public_origin=https://localhost:${port}`, '--set', `server.port=${port}`,
    '--set', `admin.port=${admin_port}`, '--set', `tls.certificate=${folder}/tls.crt`,
    '--set', `tls.key=${folder}/tls.key`], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { log += part; });
  exited = once(child, 'exit');
  await eventually('readiness', async () => {
    const answer = await fetch(`http://127.0.0.1:${admin_port}/readyz`).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.ok;
  });
});

after(async () => {
  if (child?.exitCode === null) child.kill('SIGKILL');
  await fs.rm(folder, { recursive: true, force: true });
});

test('over https the cookie has its prefix and Secure, and the answer its HSTS', async () => {
  const answer = await get('/login');

  assert.equal(answer.statusCode, 200);
  const [cookie] = answer.headers['set-cookie'];
  assert.match(cookie, /^__Host-qrgate-pre=/);
  assert.match(cookie, /; Secure/);
  assert.match(cookie, /; HttpOnly/);
  assert.match(answer.headers['strict-transport-security'], /max-age=31536000/);
});

test('without demo mode its doors do not exist', async () => {
  for (const door of ['/demo', '/demo/people', '/demo/sms', '/demo/captcha/a', '/demo/clock']) {
    assert.equal((await get(door)).statusCode, 404, door);
  }
});

test('SIGHUP brings the new certificate; a bad one is refused and the old one stays', async () => {
  assert.equal(await presentedName(), 'first');

  makeTlsCertificate(folder, 'second');
  child.kill('SIGHUP');
  await eventually('the second certificate', async () => await presentedName() === 'second');

  await fs.writeFile(path.join(folder, 'tls.crt'), 'not a certificate');
  child.kill('SIGHUP');
  await eventually('the refusal', async () => log.includes('tls_reload_refused'));
  assert.equal(await presentedName(), 'second');
});

test('a stop tells waiting browsers 1001, ends with 0 and leaves no PostgreSQL', async () => {
  const page = await get('/login');
  const cookie = page.headers['set-cookie'][0].split(';')[0];
  const socket = new WebSocket(`wss://localhost:${port}/ws/qr`, 'qrgate.v1',
    { headers: { cookie, origin: `https://localhost:${port}` }, rejectUnauthorized: false });
  const [frame] = await once(socket, 'message');
  assert.equal(JSON.parse(frame).type, 'code');
  const postmaster = Number((await fs.readFile(path.join(folder, 'postgresql/data/postmaster.pid'), 'utf8')).split('\n')[0]);

  const closed = once(socket, 'close');
  child.kill('SIGTERM');

  assert.equal((await closed)[0], 1001);
  assert.equal((await exited)[0], 0, log);
  assert.throws(() => process.kill(postmaster, 0), { code: 'ESRCH' });
});
