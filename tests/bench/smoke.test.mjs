// qrgate-bench against a real server for a second or two each: what it counted adds up, what it wrote can be read, and
// it says so when there was nothing to measure. Never how fast anything was.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePorts } from '../../bench/child.mjs';
import { TOP } from '../../bench/paths.mjs';
import { benchStage } from './support/stage.mjs';

const PEOPLE = 60;
const stage = benchStage('smoke', PEOPLE);

function histogramIsWhole(what, histogram) {
  const { count, steps, p50_us, p90_us, p99_us, p999_us, max_us } = histogram;
  assert.equal(steps.reduce((sum, [, one]) => sum + one, 0), count, `${what}: the steps hold another number than count`);
  assert.deepEqual(steps.map(([upper]) => upper), steps.map(([upper]) => upper).sort((a, b) => a - b), `${what}: steps in order`);
  const rising = [p50_us, p90_us, p99_us, p999_us, max_us];
  assert.deepEqual(rising, [...rising].sort((a, b) => a - b), `${what}: percentiles rise`);
}

function addsUp(result, latency) {
  const { asked, answered, failed, late = 0 } = result.counts;
  assert.ok(answered > 0, 'nothing was answered');
  assert.equal(asked, answered + failed + late, 'asked is what was answered, what failed and what was sent too late');
  assert.equal(failed, 0);
  assert.equal(result.latencies[latency].count, asked, `one ${latency} for each ask`);
  for (const [what, histogram] of Object.entries(result.latencies)) histogramIsWhole(what, histogram);
}

const here = () => ['--url', stage.server.url, '--server-pid', stage.server.pid];
const soon = ['--seconds', 1, '--warmup', 0.3];

test('pushes: every one that was asked for arrived once', async () => {
  const result = await stage.measured('push', ...here(), ...soon, '--rate', 50, '--seats', 40);

  addsUp(result, 'push');
  assert.ok(result.figures.cpu_us_per_push > 0);
});

test('pushes in rounds: each round has its own figures, and together they are all that was asked for', async () => {
  const { counts, latencies, seconds } = await stage.measured('push', ...here(), ...soon, '--rate', 50, '--seats', 40, '--rounds', 2);

  assert.equal(seconds, 2);
  assert.ok(latencies.push_1.count > 0 && latencies.push_2.count > 0);
  assert.equal(latencies.push_1.count + latencies.push_2.count, latencies.push.count);
  assert.equal(latencies.push.count, counts.asked);
});

test('waiting: as many wait as were wanted', async () => {
  const result = await stage.measured('waiting', ...here(), ...soon, '--seats', 60, '--from', 20, '--steps', 1, '--settle', 0.2, '--clock');

  assert.equal(result.counts.seats, 60);
  assert.equal(result.counts.failed, 0);
  assert.ok(Number.isFinite(result.figures.bytes_per_seat));
});

test('session checks: as many answers as requests', async () => {
  const sessions = path.join(stage.folder, 'sessions.txt');
  const { code, complaint } = await stage.run('sessions', '--data', stage.server.data, '--people', stage.people, '--count', '20', '--out', sessions, '--quiet');
  assert.equal(code, 0, complaint);
  assert.equal((await fs.readFile(sessions, 'utf8')).trim().split('\n').length, 20);

  const result = await stage.measured('verify', ...here(), ...soon, '--sessions', sessions, '--connections', 4);

  addsUp(result, 'verify');
});

test('the same load on another path takes what that path answers', async () => {
  const result = await stage.measured('verify', ...here(), ...soon, '--plain-get', '/login', '--connections', 2);

  addsUp(result, 'verify');
});

test('password logins: everybody gets in', async () => {
  const result = await stage.measured('login', 'password', ...here(), ...soon, '--people', stage.people, '--first', 4, '--connections', 2);

  addsUp(result, 'login');
  assert.equal(result.counts.password_200, result.counts.answered);
});

test('QR logins: from scan to redeem, each one', async () => {
  const result = await stage.measured('login', 'qr', ...here(), ...soon, '--people', stage.people, '--rate', 10);

  addsUp(result, 'login');
  assert.equal(result.latencies.confirm_to_confirmed.count, result.counts.answered);
  assert.ok(result.figures.cpu_us_per_login > 0);
});

for (const [part, figure] of [['signature', 'signature_per_s'], ['confirm', 'confirm_per_s'], ['hash', 'hash_per_s']]) {
  test(`the part ${part} alone is counted by what it did`, async () => {
    const result = await stage.measured('parts', part, ...soon);

    addsUp(result, part);
    assert.ok(Math.abs(result.figures[figure] - result.counts.answered / result.seconds) < 1);
  });
}

test('a server that is not there is one line and exit code 1', async () => {
  const [port] = await freePorts(1);

  for (const line of [['push', '--seats', '3'], ['waiting', '--seats', '3', '--from', '1'], ['verify', '--plain-get', '/'], ['login', 'password', '--people', stage.people]]) {
    const { code, complaint } = await stage.run(...line, '--url', `http://127.0.0.1:${port}`, '--seconds', '1', '--rate', '5', '--quiet');
    const [sub] = line;

    assert.equal(code, 1, `${sub}: ${complaint}`);
    assert.match(complaint, /^[^\n]+\n$/, sub);
  }
});

test('a command line that is wrong is one line and exit code 2', async () => {
  for (const words of [['push', '--rate', 'fast'], ['nothing'], ['verify', '--url', 'here']]) {
    const { code, complaint } = await stage.run(...words);

    assert.equal(code, 2, complaint);
    assert.match(complaint, /^[^\n]+\n$/);
  }
});

test('bench/run prints a line for each goal it was asked for, and its report can be read', async () => {
  const [json, html] = ['report.json', 'report.html'].map((name) => path.join(stage.folder, name));
  const words = [path.join(TOP, 'bench/goals/main.mjs'), '--quick', '--only', 'P7,P9,P10', '--json', json, '--html', html];
  const { stdout: out } = await promisify(execFile)(process.execPath, words, { timeout: 240_000 });

  assert.match(out, /^machine: .*fsync \d/);
  const [, ...goals] = out.trim().split('\n');
  const begins = [/^P7 (pass|short) (push|503|seats)/, /^P9 (pass|short) (first|later|idle)/, /^P10 (pass|short) for a waiting browser \d/];
  begins.forEach((begin, n) => assert.match(goals[n], begin));
  const { verdicts } = JSON.parse(await fs.readFile(json, 'utf8'));
  assert.deepEqual(verdicts.map(({ line }) => line), goals.slice(0, begins.length));
  const word = /\bshort\b/g;
  const missed = verdicts.filter(({ met }) => !met).length;
  assert.equal((out.match(word) ?? []).length, missed);
  assert.equal(((await fs.readFile(html, 'utf8')).match(word) ?? []).length, missed);
});
