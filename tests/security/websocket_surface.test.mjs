// The WebSocket surface against the real server (security.md section 4: WS, Beast defaults, permessage-deflate, and
// the caps of an address).
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { exchange } from '../outside_client/http.mjs';
import { metricsOf } from '../support/metrics.mjs';
import { Server } from '../support/server.mjs';
import { say } from './support/raw.mjs';
import { world } from './support/world.mjs';

const CONNECTIONS = 60;
const here = world();

function upgrade(browser, ...more) {
  return [`GET /ws/qr HTTP/1.1`, `Host: localhost:${here.server.port}`, 'Connection: Upgrade', 'Upgrade: websocket',
    `Sec-WebSocket-Key: ${crypto.randomBytes(16).toString('base64')}`, 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: qrgate.v1', `Origin: ${browser.origin}`, `Cookie: ${browser.cookie}`, ...more, '', ''].join('\r\n');
}

// One masked frame of a client; `length`: what it says its length is.
function frame(first, payload, length = payload.length) {
  const mask = crypto.randomBytes(4);
  const size = length < 126 ? Buffer.from([0x80 | length])
    : length < 65_536 ? Buffer.from([0x80 | 126, length >> 8, length & 255])
    : Buffer.concat([Buffer.from([0x80 | 127, 0, 0, 0, 0]), Buffer.from(Uint32Array.of(length).buffer).reverse()]);
  return Buffer.concat([Buffer.from([first]), size, mask, Buffer.from(payload.map((octet, i) => octet ^ mask[i % 4]))]);
}

// Resolves when the socket is closed, by a reset too (events.once() would throw that).
function end(socket) {
  socket.on('error', () => {});
  return new Promise((resolve) => { socket.once('close', resolve); });
}

// After a good upgrade: the octets of the server until it closes.
async function afterUpgrade(octets, { chunks = 1 } = {}) {
  const browser = await here.browser();
  const socket = net.connect({ host: '127.0.0.1', port: here.server.port, noDelay: true });
  let text = '';
  let said = Buffer.alloc(0);
  const closed = end(socket);
  const seated = new Promise((resolve) => socket.on('data', (part) => {
    said = Buffer.concat([said, part]);
    text = said.toString('latin1');
    if (text.includes('"type":"code"')) resolve();
  }));
  socket.write(upgrade(browser));
  await seated;
  const before = said.length;
  for (let i = 0; i < chunks && !socket.destroyed; ++i) socket.write(octets);
  await closed;
  return { browser, said: said.subarray(before) };
}

// The code of the close frame at the end of what the server said.
const closeCode = (said) => (said.length >= 4 && said[0] === 0x88 ? said.readUInt16BE(2) : undefined);

test('permessage-deflate: a client that offers it gets a 101 without any extension', async () => {
  const browser = await here.browser();
  const offer = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame';
  const { text, statuses } = await say(here.base, upgrade(browser, offer), { silence_ms: 2000 });
  assert.deepEqual(statuses, [101]);
  assert.doesNotMatch(text.split('\r\n\r\n')[0], /extensions/i);
  const compressed = await afterUpgrade(frame(0xc1, Buffer.from('x')));
  assert.equal(closeCode(compressed.said), 1002, 'and a frame that says it is compressed breaks the protocol');
});

test('Beast defaults to override: a message of 17 MiB is refused at its first octets, not after its last', async () => {
  const head = frame(0x82, Buffer.alloc(0), 17 * 1024 * 1024);
  const { said } = await afterUpgrade(head);
  assert.ok([1008, 1009].includes(closeCode(said)), `closed with ${closeCode(said)}`);
});

test('Q18 a flood of pings ends the connection or is answered, and holds up nobody', async () => {
  const flood = Buffer.concat(Array.from({ length: 2000 }, () => frame(0x89, Buffer.from('ping'))));
  const browser = await here.browser();
  const socket = net.connect({ host: '127.0.0.1', port: here.server.port, noDelay: true });
  socket.on('error', () => {});
  socket.resume();
  socket.write(upgrade(browser));
  await once(socket, 'data');
  for (let i = 0; i < 20 && !socket.destroyed; ++i) socket.write(flood);
  const other = await here.waiting();
  assert.match(other.code.token, /./, 'somebody else gets a code meanwhile');
  const metrics = await metricsOf(here.server);
  assert.match(metrics, /process_resident_memory_bytes|qrgate/);
  socket.destroy();
  other.socket.close();
});

test('WS frames that break the protocol are closed with the code for it', async () => {
  const broken = {
    'an unmasked frame': [Buffer.from([0x81, 0x01, 0x41]), [1002]],
    'a reserved opcode': [frame(0x83, Buffer.from('x')), [1002]],
    'a reserved bit': [frame(0xa1, Buffer.from('x')), [1002]],
    'a control frame in parts': [frame(0x09, Buffer.from('x')), [1002]],
    'a control frame of 126 octets': [frame(0x89, Buffer.alloc(126)), [1002]],
    'broken UTF-8': [frame(0x81, Buffer.from([0xc3, 0x28])), [1007, 1008]],
    'a continuation of nothing': [frame(0x80, Buffer.from('x')), [1002]],
    'a close frame of one octet': [frame(0x88, Buffer.from([3])), [1002]],
  };
  for (const [what, [octets, codes]] of Object.entries(broken)) {
    const { said } = await afterUpgrade(octets);
    assert.ok(codes.includes(closeCode(said)), `${what}: closed with ${closeCode(said)}`);
  }
});

test('WS upgrades that are none, or of another version or protocol, open nothing', async () => {
  const browser = await here.browser();
  const good = upgrade(browser);
  const bad = {
    'another version': good.replace('Version: 13', 'Version: 8'), 'no key': good.replace(/Sec-WebSocket-Key: .*\r\n/, ''),
    'a short key': good.replace(/(Sec-WebSocket-Key: ).*\r\n/, '$1YQ==\r\n'), 'no subprotocol': good.replace(/Sec-WebSocket-Protocol: .*\r\n/, ''),
    'another subprotocol': good.replace('qrgate.v1', 'chat'), 'no Upgrade': good.replace('Upgrade: websocket\r\n', ''),
    POST: good.replace('GET', 'POST'), 'HTTP/1.0': good.replace('HTTP/1.1', 'HTTP/1.0'),
  };
  await Promise.all(Object.entries(bad).map(async ([what, octets]) => {
    const { statuses } = await say(here.base, octets, { silence_ms: 2000 });
    assert.ok(statuses.length === 1 && statuses[0] >= 400, `${what}: ${statuses}`);
  }));
});

test('Connection caps: sockets of one address end at their limit, and silent ones are cut', async (t) => {
  // Not the demo, whose caps leave loopback out.
  const server = await Server.start(process.env.QRGATE_BINARY, { words: ['serve'], settings: {
    QRGATE_HTTP_CONNECTIONS_PER_ADDRESS: String(CONNECTIONS), QRGATE_HTTP_READ_DEADLINE: '3s', QRGATE_HTTP_IDLE_DEADLINE: '5s' } });
  t.after(() => server.stop());
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS + 20 }, async () => {
    const socket = net.connect({ host: '127.0.0.1', localAddress: '127.0.0.9', port: server.port });
    const over = end(socket);
    socket.resume();
    await Promise.race([once(socket, 'connect'), over]);
    return { socket, over };
  }));
  let answered = 0;
  for (const { socket } of sockets) {
    socket.once('data', () => { answered += 1; });
    socket.write(`GET /api/v1/context HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`);
  }
  assert.equal((await exchange(server.origin, 'GET', '/api/v1/context')).status, 200, 'another address is served');
  // Twenty were closed without a word; the others now say nothing more, or half a head, until their deadline.
  sockets.forEach(({ socket }, i) => { if (i % 2 && !socket.destroyed) socket.write('GET /login HTTP/1.1\r\nX-A: '); });
  await Promise.all(sockets.map(({ over }) => over));
  assert.equal(answered, CONNECTIONS);
});

test('WS back-pressure: a socket that its browser closes leaves no seat that answers to another', async () => {
  const ticket = await here.waiting();
  ticket.socket.close();
  const again = await here.waiting(ticket.browser);
  assert.equal(again.token, ticket.token, 'the seat outlives its connection for its own browser');
  const stranger = await here.waiting();
  assert.notEqual(stranger.token, ticket.token);
  again.socket.close();
  stranger.socket.close();
});
