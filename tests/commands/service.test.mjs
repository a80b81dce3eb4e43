// deploy/qrgate.service: a unit that systemd accepts and rates as hardened, and a server that starts with as few rights
// as the unit leaves it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { qrgate, run } from '../support/command.mjs';
import { Server } from '../support/server.mjs';

const unit = fileURLToPath(new URL('../../deploy/qrgate.service', import.meta.url));
const MOST_EXPOSED = 20; // 2.0 of systemd's 10; the network alone is 0.8

function is_at_hand(program, ...words) {
  try {
    execFileSync(program, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const no_systemd = is_at_hand('systemd-analyze', '--version') ? false : 'systemd-analyze is not installed';

test('systemd finds no fault in the unit', { skip: no_systemd }, async () => {
  const folder = await fs.mkdtemp('/tmp/qrgate-test-');
  // The programs that it names are not installed here.
  const text = (await fs.readFile(unit, 'utf8')).replaceAll('/usr/local/bin/qrgate', '/bin/true').replace(/^Documentation.*\n/m, '');
  const file = path.join(folder, 'qrgate.service');
  await fs.writeFile(file, text);
  const { code, out, err } = await run('systemd-analyze', ['verify', '--man=no', file]);
  await fs.rm(folder, { recursive: true });
  assert.equal(code, 0, out + err);
  assert.equal((out + err).split('\n').filter((line) => line.includes('qrgate.service')).join('\n'), '');
});

test('systemd rates what the unit leaves exposed as little', { skip: no_systemd }, async () => {
  const { code, out, err } = await run('systemd-analyze', ['security', '--offline=yes', '--no-pager', `--threshold=${MOST_EXPOSED}`, unit]);
  assert.equal(code, 0, `${out.split('\n').filter((line) => line.startsWith('✗')).join('\n')}\n${err}`);
});

const why_not = process.getuid() !== 0 ? 'only root can start a program as another user'
  : is_at_hand('setpriv', '--version') ? false : 'setpriv is not installed';

test('the server and its private PostgreSQL start as a user without any right', { skip: why_not }, async () => {
  const data = await fs.mkdtemp('/tmp/qrgate-test-');
  const user = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })); // initdb wants a name
  await fs.chown(data, user, user);
  const binary = path.join(data, 'qrgate');
  await fs.copyFile(process.env.QRGATE_BINARY, binary);
  await fs.chmod(binary, 0o755);
  const folder = path.join(data, 'state');
  await fs.mkdir(folder, { mode: 0o711 });
  await fs.chown(folder, user, user);
  const words = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all',
    '--', binary, 'serve', '--demo'];
  const server = await Server.start('setpriv', { words, settings: { QRGATE_DATA_FOLDER: folder } });
  try {
    const status = await fs.readFile(`/proc/${server.process_id}/status`, 'utf8');
    assert.match(status, /NoNewPrivs:\s+1/);
    assert.match(status, /CapEff:\s+0+\n/);
    // Beside it, root's command leaves a key that the server can read.
    const rotated = await run(binary, ['keys', 'rotate', 'sealing', '--after', '5s', '--data', folder]);
    assert.equal(rotated.code, 0, rotated.err);
    await server.logged('fields_resealed');
    assert.doesNotMatch(server.log, /keys_refused/);
  } finally {
    await server.stop();
    await fs.rm(data, { recursive: true, force: true });
  }
});

test('a server with a key that others can read does not start, and config check says why', async () => {
  const server = await Server.start();
  const key = path.join(server.data, 'keys/unlock');
  const check = () => qrgate(server, 'config', 'check');
  try {
    assert.equal((await check()).code, 0);
    await fs.chmod(key, 0o644);
    const told = await check();
    assert.equal(told.code, 2);
    assert.match(told.err, /keys\/unlock can be read or changed by others \(mode 0644\).*chmod 600/);
    await assert.rejects(server.restart(), /before it was ready[^]*keys\/unlock can be read/);
  } finally {
    await server.stop();
  }
});
