// The disk under the database fills up while people log in by QR code, and has room again later. The disk is a tmpfs of
// its own; where this machine may not mount one, the test says so and is skipped.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/until.mjs';
import { Server } from '../support/server.mjs';
import { askServers } from '../support/private_database.mjs';
import { aftermath, ready } from './support/aftermath.mjs';
import { longer } from './support/lengths.mjs';
import { Load, readyPhones } from './support/logins.mjs';

const SIZE = '160m'; // a fresh cluster with its write-ahead log takes about a third
const FULL_MS = longer(3_000, 30_000);

let server;
let disk;
after(async () => {
  await server?.end().catch(() => {});
  if (disk) execFileSync('umount', [disk]);
  await server?.stop();
});

async function smallDisk(data) {
  const folder = path.join(data, 'postgresql');
  await fs.mkdir(folder, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'qrgate-test', folder], { stdio: 'pipe' });
  disk = folder;
}

async function fill(file) {
  const piece = Buffer.alloc(1024 * 1024);
  const filler = await fs.open(file, 'a');
  try {
    for (;;) if ((await filler.write(piece)).bytesWritten < piece.length) return;
  } catch (error) {
    assert.equal(error.code, 'ENOSPC');
  } finally {
    await filler.close();
  }
}

test('a disk that is full, and then is not', async (t) => {
  try {
    server = await Server.start(undefined, { settings: { QRGATE_QR_REDEEM_TIME: '10m' }, prepare: smallDisk });
  } catch (error) {
    if (disk) throw error;
    return t.skip(`no small disk can be mounted here: ${String(error.stderr ?? error.message).trim()}`);
  }
  const phones = await readyPhones(server);
  const load = new Load(server, phones);
  await load.more(3);
  await load.poise();
  const filler = path.join(disk, 'filler');
  await fill(filler);
  // The log's present segment has room; the next has not.
  await askServers(server, 'SELECT pg_switch_wal()').catch(() => {});
  load.strike();
  await until('503', async () => !(await ready(server)), 30_000);
  const during = load.done;
  await pause(FULL_MS);
  t.diagnostic(`${load.done - during} logins went through while the disk was full`);
  await fs.rm(filler);
  await aftermath(t, server, load, { since: Date.now() });
});
