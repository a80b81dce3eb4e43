// 20 000 sockets opened and dropped while people log in: the server's descriptors come back to where they began, and
// its memory stays on a level, and what nobody uses any more of it goes back to the system.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.mjs';
import { aftermath } from './support/aftermath.mjs';
import { crowd, drop } from './support/crowd.mjs';
import { LONG } from './support/lengths.mjs';
import { Load } from './support/logins.mjs';
import { descriptors, resident_mib } from './support/process.mjs';
import { serverAndPhones } from './support/server_and_phones.mjs';

const WAVES = 4;
const OF = 5000;
const SPARE_DESCRIPTORS = 20; // connections of the logins themselves
const PLATEAU_MIB = 24;
const crowd_process = fileURLToPath(new URL('support/crowd_process.mjs', import.meta.url));

const here = serverAndPhones();

const level = () => descriptors(here.server.process_id);

test(`${WAVES} waves of ${OF} sockets, opened and dropped`, async (t) => {
  const at_first = await level();
  const load = new Load(here.server, here.phones);
  await load.more(2);
  const memory = [await resident_mib(here.server.process_id)];
  const most = [];
  for (let wave = 0; wave < WAVES; wave++) {
    const sockets = await crowd(here.server.port, here.server.origin, OF, wave * OF);
    const opened = sockets.filter((socket) => !socket.destroyed).length;
    assert.ok(opened > OF * 0.95, `only ${opened} of ${OF} were taken`);
    await load.more(1);
    most.push(await level());
    drop(sockets);
    await until('the end of their connections', async () => (await level()) < at_first + 500);
    memory.push(await resident_mib(here.server.process_id));
  }
  const since = Date.now();
  await aftermath(t, here.server, load, { since });
  await until('the old number of descriptors', async () => (await level()) <= at_first + SPARE_DESCRIPTORS);
  const took = memory[WAVES] - memory[0];
  await until('memory given back to the system', async () => (await resident_mib(here.server.process_id)) < memory[WAVES] - took / 10);
  memory.push(await resident_mib(here.server.process_id));
  t.diagnostic(`descriptors ${at_first}, at most ${most.join(', ')}, then ${await level()}`);
  t.diagnostic(`MiB before, after each wave, and given back: ${memory.map((mib) => mib.toFixed(0)).join(', ')}`);
  assert.ok(memory[WAVES] - memory[WAVES - 2] < PLATEAU_MIB, 'memory grows with every wave');
});

test('18 000 at once from two processes, twice', { skip: !LONG && 'in the long mode' }, async (t) => {
  const at_first = await level();
  const load = new Load(here.server, here.phones);
  await load.more(2);
  const memory = [];
  for (let time = 0; time < 2; time++) {
    const processes = [0, 1].map((which) => spawn(process.execPath,
      [crowd_process, String(here.server.port), here.server.origin, '8900', String(which * 9000)], { stdio: ['pipe', 'pipe', 'inherit'] }));
    const words = await Promise.all(processes.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()));
    t.diagnostic(`${words.join(', ')}; descriptors ${await level()}, ${(await resident_mib(here.server.process_id)).toFixed(0)} MiB`);
    await load.more(1);
    for (const { stdin } of processes) stdin.end();
    await Promise.all(processes.map((one) => once(one, 'exit')));
    await until('the end of their connections', async () => (await level()) < at_first + 500);
    memory.push(await resident_mib(here.server.process_id));
  }
  await aftermath(t, here.server, load, { since: Date.now() });
  t.diagnostic(`MiB after each: ${memory.map((mib) => mib.toFixed(0)).join(', ')}`);
  assert.ok(memory[1] - memory[0] < PLATEAU_MIB, 'memory grows with every crowd');
});
