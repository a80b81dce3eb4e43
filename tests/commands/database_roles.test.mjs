// Owner and run role with a PostgreSQL of the operator's own, the private one's run role, and what a dump of the whole
// database gives away.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Demo, numberOfNobody, people } from '../outside_client/demo.mjs';
import { Browser } from '../outside_client/http.mjs';
import { run } from '../support/command.mjs';
import { loggedIn } from '../support/password_login.mjs';
import { addressOf, ask, dumpOf } from '../support/private_database.mjs';
import { beginRegistration } from '../support/registration.mjs';
import { Server } from '../support/server.mjs';
import { readyPhone } from '../support/phone.mjs';
import { qrLogin } from '../support/qr_login.mjs';

const roles_file = fileURLToPath(new URL('../../deploy/database-roles.sql', import.meta.url));

let house; // a server whose private PostgreSQL also plays the operator's own
let connection;
before(async () => {
  house = await Server.start();
  connection = await addressOf(house);
});
after(async () => { await house?.stop(); });

const as = (role, database) => `${connection} user=${role} dbname=${database}`;

async function makeDatabase(database) {
  const { code, err } = await run('psql', ['-X', '-d', connection, '-v', 'owner_password=o', '-v', 'run_password=r',
    '-v', `owner_role=${database}_owner`, '-v', `run_role=${database}_run`, '-v', `database=${database}`, '-f', roles_file]);
  assert.equal(code, 0, err);
}

const migrate = (server_data, url, ...words) => run(house.binary, ['migrate', '--data', server_data, '--set', `database.url=${url}`, ...words]);

test('the private PostgreSQL is used by its run role only, which cannot change the schema', async () => {
  await loggedIn(house.origin, people.lin);
  const users = await ask(connection, `SELECT string_agg(DISTINCT usename, ',') FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`);
  assert.deepEqual(users, [['qrgate_run']]);
  await assert.rejects(ask(as('qrgate_run', 'postgres'), 'DROP TABLE audit'));
  await assert.rejects(ask(as('qrgate_run', 'postgres'), 'DELETE FROM audit'));
});

test('with a run role a server starts only after the owner has migrated', async () => {
  await makeDatabase('qrgate_own');
  const settings = { QRGATE_DATABASE_URL: as('qrgate_own_run', 'qrgate_own') };
  await assert.rejects(Server.start(undefined, { words: ['serve'], settings }),
    /run `qrgate migrate --grant-to ROLE` with the owner's database\.url first/);
  const folder = await fs.mkdtemp('/tmp/qrgate-test-');
  const migrated = await migrate(folder, as('qrgate_own_owner', 'qrgate_own'), '--grant-to', 'qrgate_own_run');
  assert.equal(migrated.code, 0, migrated.err);
  assert.match(migrated.out, /qrgate_own_run has its rights/);

  const server = await Server.start(undefined, { words: ['serve'], settings });
  try {
    const browser = new Browser(server.origin);
    assert.equal((await browser.call('GET', '/api/v1/context')).status, 200);
    const file = path.join(folder, 'people.csv');
    await fs.writeFile(file, `kind,number,name,phone,level,evidence\npersonal,${people.lin.identity_number},Lin,13900000001,3,seen\n`);
    const command = (...words) => run(house.binary, [...words, '--data', server.data, '--set', `database.url=${settings.QRGATE_DATABASE_URL}`]);
    const imported = await command('people', 'import', file);
    assert.equal(imported.code, 0, imported.out + imported.err);
    assert.match((await command('person', 'show', people.lin.identity_number)).out, /level +3/);
    assert.doesNotMatch(server.log, /permission denied|42501/);
  } finally {
    await server.stop();
    await fs.rm(folder, { recursive: true, force: true });
  }
});

test('a server that runs as the owner or a superuser says so, one with the run role does not', async () => {
  await makeDatabase('qrgate_warn');
  const start = async (role) => {
    const server = await Server.start(undefined, { words: ['serve'], settings: { QRGATE_DATABASE_URL: as(role, 'qrgate_warn') } });
    await server.stop();
    return server.log;
  };
  assert.match(await start('qrgate_warn_owner'), /database_role .*owns the tables/);
  assert.match(await start('qrgate'), /database_role .*is a superuser/);
  const folder = await fs.mkdtemp('/tmp/qrgate-test-');
  assert.equal((await migrate(folder, as('qrgate_warn_owner', 'qrgate_warn'), '--grant-to', 'qrgate_warn_run')).code, 0);
  await fs.rm(folder, { recursive: true, force: true });
  assert.doesNotMatch(await start('qrgate_warn_run'), /database_role/);
});

test('--grant-to refuses a role that is not there, and names that are none', async () => {
  const folder = await fs.mkdtemp('/tmp/qrgate-test-');
  for (const role of ['nobody_of_that_name', 'Bad Role"; DROP']) {
    const refused = await migrate(folder, as('qrgate', 'qrgate_warn'), '--grant-to', role);
    assert.equal(refused.code, 1);
    assert.equal(refused.err.trim().split('\n').filter((line) => line.startsWith('qrgate:')).length, 1, refused.err);
  }
  await fs.rm(folder, { recursive: true, force: true });
});

test('数据保密性: a dump of the whole database holds no clear number, phone, name, password, code or session', async () => {
  const demo = new Demo(house.origin);
  const secrets = { password: 'Dump#2026canary', name: '金丝雀', phone: '13977770002', number: numberOfNobody() };
  const who = { kind: 'personal', identity_number: secrets.number, name: secrets.name, phone: secrets.phone };
  const { code, finish } = await beginRegistration(house.origin, who);
  const finished = await finish(secrets.password);
  assert.equal(finished.status, 201, finished.text);
  const by_password = await loggedIn(house.origin, { kind: 'personal', identity_number: secrets.number, password: secrets.password });
  const phone = await readyPhone(house, people.zhao);
  const { browser: by_qr } = await qrLogin(house.origin, phone);
  for (const [name, cookies] of [['password login', by_password.cookie], ['qr login', by_qr.cookie]]) {
    for (const pair of cookies.split('; ').filter((each) => each.length > 40)) secrets[`${name}: ${pair.split('=')[0]}`] = pair.slice(pair.indexOf('=') + 1);
  }
  secrets.bearer = phone.token;
  assert.ok(secrets.bearer, 'the phone has a token');
  for (const [key, person] of Object.entries(people)) {
    Object.assign(secrets, { [`${key} number`]: person.identity_number, [`${key} phone`]: person.phone, [`${key} password`]: person.password });
  }
  const codes = [code];
  for (const { phone: to } of [people.zhao, { phone: secrets.phone }]) {
    for (const { text } of await demo.texts(to)) codes.push(...(/(?<!\d)\d{6}(?!\d)/.exec(text) ?? []));
  }

  const dump = await dumpOf(house);
  assert.match(dump, /INSERT INTO public\.person/);
  for (const [name, secret] of Object.entries(secrets)) {
    for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64').replace(/=+$/, '')]) {
      assert.ok(!dump.includes(form), `${name} is in the dump`);
    }
  }
  // Six digits stand in many a time and hash by chance; not alone in a field.
  for (const each of codes) assert.doesNotMatch(dump, new RegExp(`'${each}'`), 'a code in clear');
});
