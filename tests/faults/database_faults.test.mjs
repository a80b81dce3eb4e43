// PostgreSQL in trouble while people log in by QR code: killed, one of its processes killed, stopped, without a free
// connection, slow to commit. After each the shared check of support/aftermath.mjs.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/until.mjs';
import { askServers, dataOf, postmasterOf, processesOf } from '../support/private_database.mjs';
import { aftermath, ready } from './support/aftermath.mjs';
import { LONG, longer } from './support/lengths.mjs';
import { Load } from './support/logins.mjs';
import { Squatter } from './support/postgres.mjs';
import { serverAndPhones } from './support/server_and_phones.mjs';

const STOPPED_MS = longer(5_000, 30_000); // over database.deadline, and in the long mode over http.handler_deadline
const SLOW_MS = longer(4_000, 10_000);

const here = serverAndPhones();

async function during(fault) {
  const load = new Load(here.server, here.phones);
  await load.more(3);
  await load.poise();
  await fault(load);
  return load;
}

test('PostgreSQL killed with -9 and restarted', async (t) => {
  const before_it = await postmasterOf(dataOf(here.server));
  let since;
  const load = await during(async (logins) => {
    since = Date.now();
    logins.strike();
    process.kill(before_it, 'SIGKILL');
    await until('another postmaster', async () => (await postmasterOf(dataOf(here.server)).catch(() => before_it)) !== before_it);
  });
  await aftermath(t, here.server, load, { since });
});

test('one backend of PostgreSQL killed with -9', async (t) => {
  let since;
  const load = await during(async (logins) => {
    const [[backend]] = await askServers(here.server, `SELECT pid FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY state_change DESC LIMIT 1`);
    since = Date.now();
    logins.strike();
    process.kill(Number(backend), 'SIGKILL'); // PostgreSQL restarts all of its processes then
    await until('the fall of the connections', async () => !(await ready(here.server)), 5_000).catch(() => {});
  });
  await aftermath(t, here.server, load, { since });
});

test(`PostgreSQL stopped for ${STOPPED_MS / 1000} s`, async (t) => {
  const load = await during(async (logins) => {
    const processes = await processesOf(dataOf(here.server));
    logins.strike();
    for (const process_id of processes) process.kill(process_id, 'SIGSTOP');
    await until('503', async () => !(await ready(here.server)), 10_000);
    await pause(STOPPED_MS);
    for (const process_id of processes) process.kill(process_id, 'SIGCONT');
  });
  await aftermath(t, here.server, load, { since: Date.now() });
});

test('PostgreSQL without a free connection', async (t) => {
  const socket = path.join(here.server.data, 'postgresql/socket/.s.PGSQL.5432');
  const squatters = [];
  let taken = 0;
  const load = await during(async (logins) => {
    let over = false;
    const take = async () => {
      while (!over) {
        const squatter = await Squatter.open(socket);
        if (squatter) squatters.push(squatter);
        else await pause(2);
      }
    };
    const takers = Array.from({ length: 8 }, take);
    try {
      await until('the last free place', async () => squatters.length >= 90 && (await Squatter.open(socket)) === undefined);
      logins.strike();
      // Whose place becomes free is chance: again, until the server has none.
      await until('503', async () => {
        squatters[0].say(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND query <> ''`);
        await pause(100);
        return !(await ready(here.server));
      }, 20_000);
      await pause(longer(3_000, 15_000));
    } finally {
      over = true;
      await Promise.all(takers);
      taken = squatters.length;
      for (const squatter of squatters) squatter.close();
    }
  });
  const since = Date.now();
  t.diagnostic(`${taken} connections were taken`);
  await aftermath(t, here.server, load, { since });
});

// A standby that must acknowledge and is not there: every commit is written, and hangs. So looks a disk whose fsync
// does not return.
test(`commits that hang for ${SLOW_MS / 1000} s`, async (t) => {
  const load = await during(async (logins) => {
    await askServers(here.server, `ALTER SYSTEM SET synchronous_standby_names = 'absent'`);
    await askServers(here.server, 'SELECT pg_reload_conf()');
    await until('a commit that waits', async () =>
      (await askServers(here.server, `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)).length > 0);
    logins.strike();
    await pause(SLOW_MS);
    await askServers(here.server, 'ALTER SYSTEM RESET synchronous_standby_names');
    await askServers(here.server, 'SELECT pg_reload_conf()');
  });
  await aftermath(t, here.server, load, { since: Date.now() });
});

test('commits that take a quarter of a second each', async (t) => {
  const load = await during(async (logins) => {
    logins.strike();
    for (const end = Date.now() + longer(4_000, 30_000); Date.now() < end;) {
      await askServers(here.server, `ALTER SYSTEM SET synchronous_standby_names = 'absent'`);
      await askServers(here.server, 'SELECT pg_reload_conf()');
      await pause(250);
      await askServers(here.server, 'ALTER SYSTEM RESET synchronous_standby_names');
      await askServers(here.server, 'SELECT pg_reload_conf()');
      await pause(20);
    }
  });
  const figures = await aftermath(t, here.server, load, { since: Date.now() });
  if (!LONG) assert.equal(figures.answers_lost, 0, 'slow is not lost');
});
