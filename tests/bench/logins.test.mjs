// Logins of every kind, the storage and a whole day by qrgate-bench: what it counted adds up, a server that is started
// again loses nothing that was confirmed, and a careless database is refused. Never how fast anything was.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { environment, freePorts, temporaryFolder } from '../../bench/child.mjs';
import { importPeople } from '../../bench/goals/people.mjs';
import { QRGATE } from '../../bench/paths.mjs';
import { benchStage } from './support/stage.mjs';

const PEOPLE = 400;
// The last of them, who have phones: a text to their number within the minute would keep them from a certificate.
const PHONES = 6;
const stage = benchStage('logins', PEOPLE);

const at = (url, people = stage.people) => ['--url', url, '--people', people, '--warmup', 0.3];

test('logins by text: each code is read from the outbox and lets its owner in', async () => {
  const { counts, latencies } = await stage.measured('login', 'sms', ...at(stage.server.url), '--rate', 5, '--seconds', 2,
    '--first', PEOPLE - PHONES);

  assert.ok(counts.answered > 0);
  assert.equal(counts.answered, counts.asked);
  assert.equal(counts.sms_200, counts.answered);
  assert.equal(latencies.ask_for_code.count, counts.answered);
});

test('too few people for a text a minute are refused before anything is measured', async () => {
  const { code, complaint } = await stage.run('login', 'sms', ...at(stage.server.url), '--rate', 100, '--seconds', 60, '--quiet');

  assert.equal(code, 1);
  assert.match(complaint, /^[^\n]*6000[^\n]*\n$/);
});

test('a flood of wrong passwords lets nobody in; what finds no place is told so', async () => {
  const { counts, latencies } = await stage.measured('login', 'password', '--flood', '--url', stage.server.url, '--seconds', 2,
    '--warmup', 0, '--connections', 100);

  const answers = Object.keys(counts).filter((name) => name.startsWith('password_'));
  assert.deepEqual(answers.filter((name) => !['password_401_credentials_wrong', 'password_503_busy'].includes(name)), []);
  assert.ok(counts.password_503_busy > 0);
  assert.equal(latencies.status_503.count, counts.password_503_busy);
});

test('QR logins beside browsers that wait in another process; phones are kept for the next run', async () => {
  const [phones, owners] = ['phones.jsonl', 'owners.csv'].map((name) => path.join(stage.folder, name));
  const [header, ...people] = (await fs.readFile(stage.people, 'utf8')).trimEnd().split('\n');
  await fs.writeFile(owners, [header, ...people.slice(-PHONES), ''].join('\n'));
  const words = ['login', 'qr', ...at(stage.server.url, owners), '--rate', 5, '--seconds', 2, '--waiting', 30,
    '--phones', phones];
  const first = await stage.measured(...words);
  const before_second = await fs.readFile(phones, 'utf8');
  const second = await stage.measured(...words);

  for (const { counts, latencies } of [first, second]) {
    assert.ok(counts.answered > 0);
    assert.equal(counts.qr_200, counts.asked);
    assert.equal(latencies.confirm_to_confirmed.count, counts.asked);
    assert.equal(counts.waiting, 30);
  }
  assert.equal(await fs.readFile(phones, 'utf8'), before_second, 'nothing was enrolled again');
});

test('storage counts in the database what was acknowledged, on both sides', async () => {
  const { counts, figures } = await stage.measured('storage', '--seconds', 0.3, '--pairs', 1);

  assert.ok(counts.confirmed > 0 && counts.selected > 0);
  for (const name of ['confirm_ratio', 'select_ratio', 'fsync_us', 'confirm_per_s_1', 'confirm_per_s_128', 'pgbench_confirm_per_s'])
    assert.ok(figures[name] > 0, name);
});

for (const setting of ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off']) {
  test(`storage is not measured with ${setting}`, async () => {
    const { code, complaint } = await stage.run('storage', '--database-setting', setting, '--quiet');

    assert.equal(code, 1);
    assert.match(complaint, new RegExp(`^[^\\n]*${setting.split('=')[0]} is off[^\\n]*\\n$`));
  });
}

// Ends the server by its id, starts it again on its data and port, and waits until it answers.
const RESTART = `
kill "$(cat "$1/pid")"
for i in $(seq 300); do kill -0 "$(cat "$1/pid")" 2>/dev/null || break; sleep 0.1; done
"$1/serve" >"$1/log" 2>&1 &
echo $! >"$1/pid"
for i in $(seq 300); do curl -sf "$2/api/v1/context" >/dev/null && exit 0; sleep 0.1; done
exit 1
`;

test('a day with a restart: everybody who waits sits again, and no confirmed login is lost', async () => {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const house = await temporaryFolder('restart');
  const words = ['serve', '--demo', '--bench', '--data', path.join(house, 'data'), '--set', 'login.captcha=off', '--set',
    `server.port=${port}`, '--set', `server.public_origin=${url}`, '--set', 'admin.port=0', '--set', 'log.level=error'];
  await fs.writeFile(path.join(house, 'serve'), `#!/bin/sh\nexec '${QRGATE}' ${words.join(' ')}\n`, { mode: 0o755 });
  await fs.writeFile(path.join(house, 'restart'), RESTART);
  await fs.writeFile(path.join(house, 'pid'), '999999999\n');
  const restart = `sh '${house}/restart' '${house}' '${url}' 2>/dev/null`;
  try {
    await new Promise((resolve, reject) => {
      execFile('sh', ['-c', `${restart} >/dev/null`], { env: environment() }, (error) => (error ? reject(error) : resolve()));
    });
    await importPeople({ data: house, command: (...line) => new Promise((resolve, reject) => {
      execFile(QRGATE, ['--data', path.join(house, 'data'), ...line], { env: environment() }, (error, out) => (error ? reject(error) : resolve(out)));
    }) }, PEOPLE);
    const { counts, figures } = await stage.measured('mixed', ...at(url), '--rate', 6, '--seconds', 6, '--waiting', 40, '--phone-count', 8,
      '--reconnect-within', 1, '--qr-share', 0.6, '--never-share', 0.1, '--restart-command', `${restart} >/dev/null`);

    assert.equal(counts.lost_confirmed, 0);
    assert.equal(counts.seats_lost, 40);
    assert.equal(counts.seats_not_regained, 0);
    assert.equal(counts.waiting_at_the_end, 40);
    assert.ok(figures.all_seated_again_s > 0);
    assert.ok(counts.visit_qr > 0 && counts.visit_password > 0);
  } finally {
    const pid = Number(await fs.readFile(path.join(house, 'pid'), 'utf8'));
    if (pid !== 999999999) process.kill(pid);
    for (let i = 0; i < 150 && pid !== 999999999; i++) {
      try {
        process.kill(pid, 0);
        await new Promise((resolve) => setTimeout(resolve, 100));
      } catch {
        break;
      }
    }
    await fs.rm(house, { recursive: true, force: true });
  }
});
