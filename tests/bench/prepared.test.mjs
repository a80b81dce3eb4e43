// `login qr --prepared`: scanned, unlocked and signed before the clock begins. Every prepared login is confirmed once, its
// browser is told, what came late is in the figures, and a ticket that ended before its confirm is said. Never how fast.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { environment, temporaryFolder } from '../../bench/child.mjs';
import { importPeople } from '../../bench/goals/people.mjs';
import { QRGATE_BENCH } from '../../bench/paths.mjs';
import { Server } from '../../bench/servers.mjs';
import { Demo } from '../outside_client/demo.mjs';
import { metricByLabel } from '../support/metrics.mjs';

const PHONES = 8;
let server;
let folder;
let people;

before(async () => {
  folder = await temporaryFolder('prepared');
  server = await Server.start({ settings: { 'log.level': 'warn' } });
  people = await importPeople(server, PHONES);
});

after(async () => {
  await server?.stop();
  await fs.rm(folder, { recursive: true, force: true });
});

function run(...own) {
  const words = ['login', 'qr', '--prepared', '--url', server.url, '--people', people, '--first', PHONES, '--warmup', 0,
    '--phones', path.join(folder, 'phones.jsonl'), '--json', path.join(folder, 'result.json'), '--quiet', ...own];
  return new Promise((resolve) => {
    execFile(QRGATE_BENCH, words.map(String), { timeout: 150_000, env: environment() }, (error, out, complaint) => {
      resolve({ code: error ? error.code ?? error.signal : 0, complaint });
    });
  });
}

async function measured(...own) {
  const { code, complaint } = await run(...own);
  assert.equal(code, 0, complaint);
  return JSON.parse(await fs.readFile(path.join(folder, 'result.json'), 'utf8'));
}

// What the server itself counted: {scan, confirm, redeem, …}.
async function transitions() {
  return { scan: 0, confirm: 0, redeem: 0, ...await metricByLabel(server, 'qrgate_ticket_transitions_total') };
}

// When the server has counted so many scans more than before.
async function whenScanned(count, earlier) {
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await transitions()).scan - earlier.scan >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the logins were not prepared in time');
}

test('every prepared login is confirmed once, its browser is told, and it is redeemed afterwards', async () => {
  const earlier = await transitions();
  const { counts, latencies } = await measured('--rate', 10, '--seconds', 2, '--waiting', 20);
  const now = await transitions();

  assert.equal(counts.asked, 20);
  assert.equal(counts.asked, counts.answered + counts.failed + counts.late);
  assert.equal(counts.confirmed, counts.asked);
  assert.equal(counts.redeemed, counts.asked);
  assert.equal(counts.still_waiting, 20);
  for (const what of ['confirm', 'confirm_to_confirmed', 'login']) assert.equal(latencies[what].count, counts.asked, what);
  assert.equal(now.confirm - earlier.confirm, counts.asked, 'by the server: each once');
  assert.equal(now.redeem - earlier.redeem, counts.asked);
  for (const what of ['scan', 'unlock', 'redeem']) assert.equal(latencies[what], undefined, `${what} is not measured`);
});

test('what cannot be prepared at once is prepared in rounds, and all of them count', async () => {
  const { counts, seconds, latencies } = await measured('--rate', 10, '--seconds', 3, '--round', 1);

  assert.equal(counts.rounds, 3);
  assert.equal(seconds, 3);
  assert.equal(counts.asked, 30);
  assert.equal(counts.confirmed, 30);
  assert.equal(latencies.confirm_to_confirmed.count, 30);
});

test('a server that stands still while confirms are due makes them late, and none is left out', async () => {
  const earlier = await transitions();
  const running = measured('--rate', 10, '--seconds', 4, '--hold', 0);
  await whenScanned(41, earlier);
  // Into the confirms: the first has been counted.
  for (let tries = 0; tries < 600 && (await transitions()).confirm === earlier.confirm; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  process.kill(server.pid, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  process.kill(server.pid, 'SIGCONT');
  const { counts, latencies } = await running;

  assert.equal(counts.asked, 40);
  assert.equal(counts.asked, counts.answered + counts.failed + counts.late);
  assert.equal(latencies.login.count, 40);
  // Those that were due while it stood count from when they were due, not from when the one before was answered.
  const waited = latencies.login.steps.filter(([upper]) => upper >= 500_000).reduce((sum, [, count]) => sum + count, 0);
  assert.ok(waited >= 8, `${waited} waited half a second or more`);
});

test('tickets that ended before their confirm are an error line, not a smaller number', async () => {
  const earlier = await transitions();
  const running = run('--rate', 5, '--seconds', 1, '--hold', 8);
  await whenScanned(6, earlier);
  await new Demo(server.url).advance(301);
  const { code, complaint } = await running;

  assert.equal(code, 1);
  assert.match(complaint, /^[^\n]*\b5 prepared tickets had expired[^\n]*\n$/);
});

test('--prepared without a signature to prepare is a wrong command line', async () => {
  const words = ['login', 'password', '--prepared', '--url', server.url, '--people', people, '--quiet'];
  const code = await new Promise((resolve) => { execFile(QRGATE_BENCH, words, { env: environment() }, (error) => resolve(error?.code ?? 0)); });

  assert.equal(code, 2);
});
