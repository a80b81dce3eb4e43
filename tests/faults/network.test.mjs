// A network between clients and server that delays, cuts answers in their middle and resets. People try again; nothing
// confirmed is lost but the answers that never arrived.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { aftermath } from './support/aftermath.mjs';
import { longer } from './support/lengths.mjs';
import { Load } from './support/logins.mjs';
import { Proxy } from './support/proxy.mjs';
import { serverAndPhones } from './support/server_and_phones.mjs';

const BAD_FOR_MS = longer(4_000, 30_000);
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

let proxy;
after(() => proxy?.stop()); // before the server
const here = serverAndPhones([], async () => {
  proxy = await Proxy.start({ host: '127.0.0.1', port: here.server.port }, undefined, { seed: SEED, spare: 0.8 });
});

for (const [kind, what] of [['delay', 'delays'], ['cut', 'cuts answers in their middle'], ['reset', 'resets connections']]) {
  test(`a network that ${what}`, async (t) => {
    t.diagnostic(`seed ${SEED}`);
    const load = new Load(here.server, here.phones, { base: `http://127.0.0.1:${proxy.port}` });
    await load.more(2);
    await load.poise();
    proxy.become(kind);
    load.strike();
    await pause(BAD_FOR_MS);
    proxy.become('pass');
    t.diagnostic(`${proxy.counts[kind]} times`);
    assert.ok(proxy.counts[kind] > 0);
    await aftermath(t, here.server, load, { since: Date.now() });
  });
}
