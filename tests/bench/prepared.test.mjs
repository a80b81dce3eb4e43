// `login qr --prepared`: scanned, unlocked and signed before the clock begins. Every prepared login is confirmed once, its
// browser is told, what came late is in the figures, and a ticket that ended before its confirm is said. Never how fast.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { Demo } from '../outside_client/demo.mjs';
import { metricByLabel } from '../support/metrics.mjs';
import { benchStage } from './support/stage.mjs';

const PHONES = 8;
const stage = benchStage('prepared', PHONES);
const prepared = (...own) => ['login', 'qr', '--prepared', '--url', stage.server.url, '--people', stage.people, '--first', PHONES,
  '--warmup', 0, '--phones', path.join(stage.folder, 'phones.jsonl'), ...own];

// What the server itself counted: {scan, confirm, redeem, …}.
async function transitions() {
  return { scan: 0, confirm: 0, redeem: 0, ...await metricByLabel(stage.server, 'qrgate_ticket_transitions_total') };
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
  const { counts, latencies } = await stage.measured(...prepared('--rate', 10, '--seconds', 2, '--waiting', 20));
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
  const { counts, seconds, latencies } = await stage.measured(...prepared('--rate', 10, '--seconds', 3, '--round', 1));

  assert.equal(counts.rounds, 3);
  assert.equal(seconds, 3);
  assert.equal(counts.asked, 30);
  assert.equal(counts.confirmed, 30);
  assert.equal(latencies.confirm_to_confirmed.count, 30);
});

test('a server that stands still while confirms are due makes them late, and none is left out', async () => {
  const earlier = await transitions();
  const running = stage.measured(...prepared('--rate', 10, '--seconds', 4, '--hold', 0));
  await whenScanned(41, earlier);
  // Into the confirms: the first has been counted.
  for (let tries = 0; tries < 600 && (await transitions()).confirm === earlier.confirm; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  process.kill(stage.server.pid, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  process.kill(stage.server.pid, 'SIGCONT');
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
  const running = stage.run(...prepared('--rate', 5, '--seconds', 1, '--hold', 8), '--quiet');
  await whenScanned(6, earlier);
  await new Demo(stage.server.url).advance(301);
  const { code, complaint } = await running;

  assert.equal(code, 1);
  assert.match(complaint, /^[^\n]*\b5 prepared tickets had expired[^\n]*\n$/);
});

test('--prepared without a signature to prepare is a wrong command line', async () => {
  const { code } = await stage.run('login', 'password', '--prepared', '--url', stage.server.url, '--people', stage.people, '--quiet');

  assert.equal(code, 2);
});
