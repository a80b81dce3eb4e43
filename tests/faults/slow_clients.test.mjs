// Clients that speak one octet a second, and clients that never read what they asked for: each is cut off at its
// deadline, and people log in beside them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { until } from '../support/until.mjs';
import { aftermath } from './support/aftermath.mjs';
import { longer } from './support/lengths.mjs';
import { Load, Login } from './support/logins.mjs';
import { descriptors } from './support/process.mjs';
import { serverAndPhones } from './support/server_and_phones.mjs';

const EACH = longer(300, 2000);
const READ_DEADLINE_S = 4;
const SPARE_DESCRIPTORS = 15; // connections of the logins
const CUT_WITHIN_MS = 40_000; // on a busy machine; the rule is the read deadline

let at_first;
const deadlines = ['--set', `http.read_deadline=${READ_DEADLINE_S}s`, '--set', `http.write_deadline=${READ_DEADLINE_S}s`];
const here = serverAndPhones(deadlines, async () => { at_first = await descriptors(here.server.process_id); });

// Sends `text` one octet a second; `heard` is what came back until the end.
async function dripping(text, at_once = '') {
  const socket = net.connect(here.server.port, '127.0.0.1');
  const client = { socket, heard: '', over: false, began: Date.now() };
  socket.on('error', () => {});
  socket.on('data', (part) => { client.heard += part; });
  await once(socket, 'connect');
  socket.write(at_once);
  let sent = 0;
  const drip = setInterval(() => socket.write(text[sent++ % text.length]), 1000);
  socket.on('close', () => {
    clearInterval(drip);
    client.over = true;
    client.took_ms = Date.now() - client.began;
  });
  return client;
}

// Asks for far more than the kernel's buffers hold (4 MiB for one socket), so that the server must wait for it.
async function neverReading(asset) {
  const socket = net.connect(here.server.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write(`GET ${asset} HTTP/1.1\r\nHost: localhost:${here.server.port}\r\n\r\n`.repeat(400));
  return { socket };
}

const few = async () => (await descriptors(here.server.process_id)) <= at_first + SPARE_DESCRIPTORS;

// `gone`: whether the server has let go of all of them.
async function besides(t, clients, kind, gone) {
  const since = Date.now();
  const load = new Load(here.server, here.phones);
  const times = [];
  while (!await gone()) {
    const began = Date.now();
    await new Login(here.server.origin, here.server.origin, here.phones[0]).all();
    times.push(Date.now() - began);
    assert.ok(Date.now() - since < CUT_WITHIN_MS, `${kind} are still there`);
  }
  assert.ok(times.length > 0);
  await aftermath(t, here.server, load, { since: Date.now() });
  t.diagnostic(`${clients.length} ${kind}; whole logins beside them: ${times.length}, slowest ${Math.max(...times)} ms`);
  await until('their descriptors', few);
}

for (const [kind, text, at_once] of [
  ['slow heads', 'X-Slow: yes\r\n', 'GET /login HTTP/1.1\r\n'],
  ['slow bodies', '{', 'POST /api/v1/login/password HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n'],
]) {
  test(`${kind}, one octet a second`, async (t) => {
    const clients = await Promise.all(Array.from({ length: EACH }, () => dripping(text, at_once)));
    await besides(t, clients, kind, () => clients.every(({ over }) => over));
    const answered = clients.filter(({ heard }) => heard.startsWith('HTTP/1.1 408 ')).length;
    assert.equal(answered, clients.length, `each was told 408; one heard: ${clients.find(({ heard }) => !heard.startsWith('HTTP/1.1 408'))?.heard.slice(0, 100)}`);
    const early = clients.filter(({ took_ms }) => took_ms < READ_DEADLINE_S * 1000 - 500).length;
    assert.equal(early, 0, 'cut before the deadline');
  });
}

// Of those that the phone page and its modules name.
async function largestAsset() {
  const text = async (at) => (await fetch(here.server.origin + at)).text();
  const named = (words) => [...words.matchAll(/[\w-]+-[\w-]{8}\.js/g)].map(([name]) => `/assets/${name}`);
  const first = [...new Set(named(await text('/phone')))];
  const all = new Set(first);
  for (const at of first) for (const more of named(await text(at))) all.add(more);
  let found = { length: 0 };
  for (const asset of all) {
    const { length } = await text(asset);
    if (length > found.length) found = { asset, length };
  }
  return found;
}

test('clients that ask and never read', async (t) => {
  const { asset, length } = await largestAsset();
  const clients = await Promise.all(Array.from({ length: EACH / 10 }, () => neverReading(asset)));
  t.diagnostic(`each asked for ${(400 * length / 1024 / 1024).toFixed(0)} MiB`);
  assert.ok(400 * length > 8 * 1024 * 1024, 'too little to fill the buffers');
  await until('clients that never read', async () => !(await few()));
  const began = Date.now();
  await besides(t, clients, 'clients that never read', few);
  assert.ok(Date.now() - began > READ_DEADLINE_S * 1000 / 2, 'cut long before the deadline of an answer');
  for (const { socket } of clients) socket.destroy();
});
