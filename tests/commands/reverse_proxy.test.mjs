// The examples of deploy/ for reverse proxies, run as they are (their ports apart) by a real nginx and a real Caddy,
// between a browser, qrgate and a small platform: who gets through, what the platform is told, and when it ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { people } from '../outside_client/demo.mjs';
import { exchange } from '../outside_client/http.mjs';
import { openTicket } from '../outside_client/qr.mjs';
import { printed } from '../support/command.mjs';
import { loggedIn, passwordLogin } from '../support/password_login.mjs';
import { freePorts } from '../support/ports.mjs';
import { Server } from '../support/server.mjs';

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));
const READY_WITHIN_MS = 20_000;

async function listensOn(port, child) {
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until && child.exitCode === null) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on ${port}: ${child.said}`);
}

// The platform: says which X-Auth headers it was given.
async function startPlatform() {
  const platform = http.createServer((request, response) => {
    const told = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith('x-auth-')));
    let octets = 0;
    request.on('data', (part) => { octets += part.length; });
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ method: request.method, path: request.url, octets, told }));
    });
  });
  await new Promise((resolve) => platform.listen(0, '127.0.0.1', resolve));
  return platform;
}

// The example with its three ports put in, each of which it must have.
async function example(file, ports) {
  let text = await fs.readFile(path.join(deploy, file), 'utf8');
  for (const [standing, put] of ports) {
    assert.ok(text.includes(standing), `${file} has ${standing}`);
    text = text.replaceAll(standing, put);
  }
  return text;
}

function start(program, words, environment = {}) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  child.said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { child.said += part; });
  child.once('error', (error) => { child.said += error.message; });
  return child;
}

async function startNginx(folder, ports, port) {
  const site = path.join(folder, 'site.conf');
  await fs.writeFile(site, await example('nginx-auth-request.conf', ports));
  const main = path.join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  await fs.writeFile(main, `worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr warn;
${process.getuid() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http { access_log off; ${temporary} include ${site}; }\n`);
  const child = start('/usr/sbin/nginx', ['-p', folder, '-e', 'stderr', '-c', main]);
  await listensOn(port, child);
  return child;
}

async function startCaddy(folder, ports, port) {
  const file = path.join(folder, 'Caddyfile');
  await fs.writeFile(file, await example('Caddyfile.example', ports));
  const child = start('caddy', ['run', '--config', file, '--adapter', 'caddyfile'],
    { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder });
  await listensOn(port, child);
  return child;
}

for (const proxy of [
  { name: 'nginx', run: startNginx, listen: '127.0.0.1:80;', put: (port) => `127.0.0.1:${port};`, ends: 'SIGQUIT' },
  { name: 'Caddy', run: startCaddy, listen: 'http://127.0.0.1:80 ', put: (port) => `http://127.0.0.1:${port} `, ends: 'SIGTERM' },
]) {
  describe(proxy.name, () => {
    let server;
    let platform;
    let child;
    let folder;
    let origin;

    before(async () => {
      const [port] = await freePorts(1);
      origin = `http://127.0.0.1:${port}`;
      platform = await startPlatform();
      server = await Server.start(process.env.QRGATE_BINARY, {
        words: ['serve', '--demo'],
        settings: { QRGATE_SERVER_PUBLIC_ORIGIN: origin, QRGATE_PROXY_TRUSTED: '127.0.0.1' },
      });
      folder = await fs.mkdtemp(path.join(os.tmpdir(), 'qrgate-proxy-'));
      // qrgate's own port first: the ports of the examples could be a part of a free one.
      child = await proxy.run(folder, [
        [proxy.listen, proxy.put(port)],
        ['127.0.0.1:8080', `127.0.0.1:${server.port}`],
        ['127.0.0.1:3000', `127.0.0.1:${platform.address().port}`],
      ], port);
    });
    after(async () => {
      if (child && child.exitCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill(proxy.ends);
        await gone;
      }
      await server?.stop();
      platform?.close();
      if (folder) await fs.rm(folder, { recursive: true, force: true });
    });

    test('lets nobody through who is not logged in', async () => {
      const answer = await exchange(origin, 'GET', '/platform/papers');
      assert.equal(answer.status, 401, answer.text);
    });

    test('tells the platform who is there, whatever the client says of itself', async () => {
      const { browser, answer: login } = await passwordLogin(origin, people.lin);
      assert.equal(login.status, 200, login.text);
      const forged = { 'x-auth-person': 'somebody', 'X-Auth-Level': '3', 'x-auth-method': 'qr', 'x-auth-more': '1' };
      const answer = await browser.call('GET', '/platform/papers?year=2026', undefined, forged);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.path, '/platform/papers?year=2026');
      const { told } = answer.json;
      assert.equal(told['x-auth-person'], login.json.person.id);
      assert.equal(told['x-auth-level'], '3');
      assert.equal(told['x-auth-method'], 'password');
      const stranger = await exchange(origin, 'GET', '/platform/papers', { headers: forged });
      assert.equal(stranger.status, 401);
    });

    test('gives the platform the body of what is sent to it', async () => {
      const browser = await loggedIn(origin, people.lin);
      const answer = await browser.call('POST', '/platform/papers', { text: 'x'.repeat(5000) });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.method, 'POST');
      assert.ok(answer.json.octets > 5000);
    });

    test('refuses a level that is too low', async () => {
      const browser = await loggedIn(origin, people.hao);
      assert.equal((await browser.call('GET', '/platform/papers')).status, 403);
    });

    test('refuses at once after the logout', async () => {
      const browser = await loggedIn(origin, people.lin);
      const cookie = browser.cookie;
      const ask = () => exchange(origin, 'GET', '/platform/papers', { headers: { cookie } });
      assert.equal((await ask()).status, 200);
      assert.equal((await ask()).status, 200, 'from memory');
      assert.equal((await browser.call('POST', '/api/v1/logout')).status, 204);
      assert.equal((await ask()).status, 401);
    });

    test('refuses at once after the operator locked the person', async () => {
      const browser = await loggedIn(origin, people.gongsi);
      assert.equal((await browser.call('GET', '/platform/papers')).status, 200);
      await printed(server, 'person', 'lock', people.gongsi.identity_number);
      assert.equal((await browser.call('GET', '/platform/papers')).status, 401);
    });

    test('lets a waiting page have its code by WebSocket', async () => {
      const { socket, code } = await openTicket(origin);
      assert.ok(code.url.startsWith(`${origin}/s/`), code.url);
      socket.close();
    });
  });
}
