// `qrgate audit verify` and `export` beside a running server: a chain that is fine, an export that others can check,
// and every way somebody with the database could bend it.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { people } from '../outside_client/demo.mjs';
import { passwordLogin, wrongly } from '../support/password_login.mjs';
import { metricsOf } from '../support/metrics.mjs';
import { Server } from '../support/server.mjs';
import { allSealed, asOwner, audit, exported, faultsOf, sealerThatHangs } from './support/audit.mjs';

let server;
before(async () => { server = await Server.start(); });
after(async () => { await server?.stop(); });

// A middle row of a middle seal, so that there is something before and behind it.
async function someRow() {
  const [[number]] = await asOwner(server, `SELECT number FROM audit WHERE event = 'authn_login_fail' ORDER BY number LIMIT 1`);
  return Number(number);
}

async function brokenBy(sql, undo) {
  await asOwner(server, sql);
  const result = await audit(server, 'verify');
  await asOwner(server, undo);
  assert.equal(result.code, 1, result.out + result.err);
  assert.match(result.out, /^audit: BROKEN: \d+ faults/m);
  const mended = await audit(server, 'verify');
  assert.equal(mended.code, 0, `${mended.out}: what was bent is as before`);
  return result.out;
}

test('安全审计: a chain that is fine is told in one line, and its end stands in the data folder', async () => {
  await passwordLogin(server.origin, wrongly(people.lin));
  await passwordLogin(server.origin, people.lin);
  await passwordLogin(server.origin, people.gongsi);

  const { code, out } = await allSealed(server);

  assert.equal(code, 0, out);
  assert.match(out, /^audit: fine: \d+ rows in \d+ seals \(seals 1 to \d+, .*\), 0 rows not sealed yet$/m);
  const [, number, digest] = /^newest {5}(\d+) ([0-9a-f]{64})$/m.exec(out);
  const anchor = await fs.readFile(path.join(server.data, 'audit.anchor'), 'utf8');
  assert.ok(anchor.startsWith(`${number} ${digest} `), anchor);
  assert.match(server.log, new RegExp(`audit_sealed seal=\\d+ rows=\\d+ digest=[0-9a-f]{64}`));
});

test('安全审计: an export can be hashed again by others, and names events as others do', async () => {
  await passwordLogin(server.origin, wrongly(people.hao));
  await passwordLogin(server.origin, people.hao);
  await allSealed(server);

  const lines = await exported(server);

  assert.deepEqual(faultsOf(lines), []);
  const standard = new Set(lines.map((line) => line.standard).filter(Boolean));
  for (const name of ['authn_login_success', 'authn_login_fail', 'authn_login_successafterfail', 'session_created']) {
    assert.ok(standard.has(name), `${name} in ${[...standard]}`);
  }
  const bent = lines.map((line) => (line.event === 'authn_login_fail' ? { ...line, outcome: 'ok' } : line));
  assert.notDeepEqual(faultsOf(bent), []);
  const without = lines.filter((line) => line.event !== 'authn_login_fail');
  assert.notDeepEqual(faultsOf(without), []);
});

test('安全审计: an export goes to a file that only its owner reads, as CSV too', async () => {
  const file = path.join(server.data, 'audit.csv');

  const { code, out } = await audit(server, 'export', '--format', 'csv', '--output', file);

  assert.equal(code, 0);
  assert.match(out, /^\d+ rows are in /);
  assert.equal((await fs.stat(file)).mode & 0o777, 0o600);
  const [head, ...lines] = (await fs.readFile(file, 'utf8')).split('\r\n').filter(Boolean);
  assert.ok(head.startsWith('type,seal,position,number,at,event,standard,outcome,person'));
  assert.equal(lines.length, (await exported(server)).length);
});

test('安全审计: a changed row is found and named', async () => {
  const row = await someRow();

  const out = await brokenBy(`UPDATE audit SET outcome = 'ok' WHERE number = ${row}`,
    `UPDATE audit SET outcome = 'credentials_wrong' WHERE number = ${row}`);

  assert.match(out, new RegExp(`^FAULT      row ${row} was changed after seal \\d+$`, 'm'));
});

test('安全审计: a missing row is found and named', async () => {
  const row = await someRow();

  const out = await brokenBy(`CREATE TABLE kept AS SELECT * FROM audit WHERE number = ${row}; DELETE FROM audit WHERE number = ${row}`,
    'INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM kept; DROP TABLE kept');

  assert.match(out, new RegExp(`^FAULT      row ${row} is missing: seal \\d+ covers it$`, 'm'));
});

test('安全审计: a row that was put in is found and named', async () => {
  const out = await brokenBy(
    `INSERT INTO audit (number, event, outcome, address, request_id, at, position) OVERRIDING SYSTEM VALUE
     SELECT 999999, 'authn_login_success', 'ok', '', '', at, position FROM audit ORDER BY position, number LIMIT 1`,
    'DELETE FROM audit WHERE number = 999999');

  assert.match(out, /^FAULT {6}row 999999 was put in later: seal \d+ does not know it$/m);
});

test('安全审计: two rows that changed places are found', async () => {
  const swap = (a, b) => `UPDATE audit SET number = -1 WHERE number = ${a}; UPDATE audit SET number = ${a} WHERE number = ${b};
    UPDATE audit SET number = ${b} WHERE number = -1`;
  const row = await someRow();
  const identity = ['ALTER TABLE audit ALTER number DROP IDENTITY', 'ALTER TABLE audit ALTER number ADD GENERATED ALWAYS AS IDENTITY (START 100000)'];

  const out = await brokenBy(`${identity[0]}; ${swap(row, row + 1)}`, `${swap(row, row + 1)}; ${identity[1]}`);

  assert.match(out, new RegExp(`row ${row} was changed`));
});

test('安全审计: a seal that was taken away, and one that somebody without the key made, are found', async () => {
  const gone = await brokenBy('CREATE TABLE kept AS SELECT * FROM audit_seal WHERE seal = 1; DELETE FROM audit_seal WHERE seal = 1',
    'INSERT INTO audit_seal SELECT * FROM kept; DROP TABLE kept');
  assert.match(gone, /^FAULT {6}after seal 0 comes seal 2: what was between is missing$/m);

  const forged = await brokenBy(`CREATE TABLE kept AS SELECT * FROM audit_seal WHERE seal = 1;
    UPDATE audit_seal SET mac = sha256(mac) WHERE seal = 1`,
  'UPDATE audit_seal s SET mac = k.mac FROM kept k WHERE s.seal = k.seal; DROP TABLE kept');
  assert.match(forged, /^FAULT {6}seal 1 was not made with this installation's key$/m);
});

test('安全审计: a cut-off end is found against what the node has seen', async () => {
  await passwordLogin(server.origin, people.lin);
  await allSealed(server);
  const [[last]] = await asOwner(server, 'SELECT max(seal) FROM audit_seal');

  await asOwner(server, `CREATE TABLE kept AS SELECT * FROM audit a WHERE (position, number) >
      (SELECT last_position, last_number FROM audit_seal WHERE seal = ${last - 1});
    CREATE TABLE kept_seal AS SELECT * FROM audit_seal WHERE seal = ${last};
    DELETE FROM audit WHERE number IN (SELECT number FROM kept); DELETE FROM audit_seal WHERE seal = ${last}`);
  const { code, out } = await audit(server, 'verify');
  await asOwner(server, `INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM kept;
    INSERT INTO audit_seal SELECT * FROM kept_seal ON CONFLICT DO NOTHING; DROP TABLE kept, kept_seal`);

  assert.equal(code, 1, out);
  assert.match(out, new RegExp(`this node has seen seal ${last} of `));
});

test('安全审计: the application cannot change or remove a row by itself', async () => {
  for (const sql of ['UPDATE audit SET outcome = outcome', 'DELETE FROM audit', 'TRUNCATE audit', 'DELETE FROM audit_seal']) {
    await assert.rejects(asOwner(server, `SET session_replication_role = origin; ${sql}`), /append-only/, sql);
  }
});

test('安全审计: a part of it is checked by days, and what is no time is refused', async () => {
  const part = await audit(server, 'verify', '--from', '2020-01-01', '--to', '2100-01-01T00:00:00Z');
  assert.equal(part.code, 0, part.out);
  const none = await audit(server, 'verify', '--to', '2020-01-01');
  assert.match(none.out, /^audit: fine: 0 rows in 0 seals/m);
  assert.equal((await audit(server, 'verify', '--from', 'yesterday')).code, 2);
  assert.equal((await audit(server, 'export', '--format', 'xml')).code, 2);
});

test('安全审计: the chain goes on after the server was killed', async () => {
  await passwordLogin(server.origin, people.lin);
  await server.restart('SIGKILL');
  await passwordLogin(server.origin, people.lin);

  const { code, out } = await allSealed(server);

  assert.equal(code, 0, out);
  assert.deepEqual(faultsOf(await exported(server)), []);
});

test('安全审计: while the sealer hangs people log in, what they did waits, and is sealed afterwards', async () => {
  await allSealed(server);
  const letGo = await sealerThatHangs(server);
  const { answer } = await passwordLogin(server.origin, people.lin);
  const { out } = await audit(server, 'verify');
  await letGo();

  assert.equal(answer.status, 200, answer.text);
  assert.match(out, /^audit: fine: .*, [1-9]\d* rows not sealed yet$/m);
  assert.equal((await allSealed(server)).code, 0);
  assert.match(await metricsOf(server), /^qrgate_audit_unsealed_rows \d+/m);
});

test('安全审计: nobody logs in where the audit cannot be written', async () => {
  await asOwner(server, 'ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false) NOT VALID');
  const { answer, browser } = await passwordLogin(server.origin, people.lin);
  const session = await browser.call('GET', '/api/v1/session');
  await asOwner(server, 'ALTER TABLE audit DROP CONSTRAINT full_up');

  assert.ok(answer.status >= 500, answer.text);
  assert.equal(session.status, 401, 'no session without its row');
  assert.equal((await passwordLogin(server.origin, people.lin)).answer.status, 200);
});
