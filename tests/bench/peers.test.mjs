// The parts around a measurement that need no package: node's ws as a peer, and children that are ended by their id.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { Child, environment } from '../../bench/child.mjs';
import { flatOut } from '../../bench/peers/load.mjs';
import * as ws from '../../bench/peers/ws.mjs';

const publish = (peer, id, body) => fetch(peer.publish.replace('{id}', id), { method: 'POST', body });

async function subscribe(peer, id) {
  const socket = new WebSocket(peer.subscribe.replace('{id}', id));
  await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
  const first = new Promise((resolve) => { socket.onmessage = ({ data }) => resolve(data); });
  return { socket, first };
}

async function withWs(use) {
  const peer = await ws.start();
  try {
    await use(peer);
  } finally {
    await peer.stop();
  }
}

test('the ws peer gives a message to the one who subscribed to it, and says when nobody did', () => withWs(async (peer) => {
  const [one, other] = [await subscribe(peer, 'one'), await subscribe(peer, 'other')];

  assert.equal((await publish(peer, 'nobody', 'x')).status, 202);
  assert.equal((await publish(peer, 'other', 'hello')).status, 201);
  assert.equal(await other.first, 'hello');
  assert.equal((await publish(peer, 'one', 'you')).status, 201);
  assert.equal(await one.first, 'you');
  one.socket.close();
  other.socket.close();
}));

test('the peer that is looked at is the process that was started, and it is gone afterwards', async () => {
  let pid;
  await withWs(async (peer) => {
    ({ pid } = peer);
    assert.match(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /ws_server\.mjs/);
  });

  assert.equal(fs.existsSync(`/proc/${pid}`), false);
});

test('requests flat out are counted, and an answer that is not 200 ends them', () => withWs(async (peer) => {
  const { answered, seconds } = await flatOut(peer, '/ready', { seconds: 0.3, warmup: 0.1, connections: 2 });

  assert.ok(answered > 0 && seconds > 0);
  await assert.rejects(flatOut(peer, '/nothing', { seconds: 0.3, connections: 2 }), /answered 404/);
}));

test('a child that ends before it is ready is an error with its last words', async () => {
  const child = new Child(process.execPath, ['-e', 'console.error("no such setting"); process.exit(3)']);

  await assert.rejects(child.ready(async () => false), /ended \(3\): no such setting/);
});

test('a server sees no QRGATE_ name of whoever measures', () => {
  process.env.QRGATE_SOMETHING = '1';

  assert.deepEqual(Object.keys(environment()).filter((name) => name.startsWith('QRGATE_')), []);
});
