// A bad network between the server and its PostgreSQL, which is an operator's own: answers are delayed, cut (also those
// to a COMMIT: done, and nobody knows), reset, or never come; and the database itself goes down and comes up elsewhere.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Server } from '../support/server.mjs';
import { dataOf } from '../support/private_database.mjs';
import { aftermath } from './support/aftermath.mjs';
import { longer } from './support/lengths.mjs';
import { Load, readyPhones } from './support/logins.mjs';
import { OwnPostgres } from './support/own_postgres.mjs';
import { freshBudgets } from './support/postgres.mjs';
import { Proxy } from './support/proxy.mjs';

const BAD_FOR_MS = longer(4_000, 30_000);
const PAUSE_MS = longer(100, 700);
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

let server;
let phones;
let postgres;
let proxy;
before(async () => {
  server = await Server.start();
  phones = await readyPhones(server);
  await server.end();
  postgres = await OwnPostgres.start(dataOf(server));
  proxy = await Proxy.start({ path: postgres.socket }, { path: `${postgres.socket_folder}/.s.PGSQL.5433` }, { seed: SEED });
  server.words = ['serve', '--bench', '--set', 'login.captcha=off', '--set', 'qr.redeem_time=10m',
    '--set', `database.url=host=${postgres.socket_folder} port=5433 dbname=postgres user=qrgate`];
  await server.restart();
});
after(async () => {
  const ended = await server?.stop();
  await proxy?.stop();
  await postgres?.stop();
  assert.equal(ended, 0);
});

beforeEach(() => freshBudgets(postgres.at));

for (const [kind, what, spare] of [
  ['delay', 'delays', 0], ['cut', 'cuts answers, also to a COMMIT', 0.9], ['reset', 'resets connections', 0.9],
  ['deaf', 'swallows answers', 0.5],
]) {
  test(`a network to the database that ${what}`, async (t) => {
    t.diagnostic(`seed ${SEED}`);
    const load = new Load(server, phones, { pause_ms: PAUSE_MS });
    await load.more(2);
    await load.poise();
    proxy.spare = spare;
    proxy.become(kind);
    load.strike();
    await pause(BAD_FOR_MS);
    proxy.become('pass');
    t.diagnostic(`${proxy.counts[kind]} times`);
    assert.ok(proxy.counts[kind] > 0);
    await aftermath(t, server, load, { since: Date.now(), at: postgres.at });
  });
}

test('a PostgreSQL of the operator’s, killed and started again', async (t) => {
  const load = new Load(server, phones, { pause_ms: PAUSE_MS });
  await load.more(2);
  await load.poise();
  load.strike();
  await postgres.end('SIGKILL');
  await pause(longer(1_000, 30_000));
  await postgres.run();
  await aftermath(t, server, load, { since: Date.now(), at: postgres.at });
});
