// `qrgate keys rotate` beside a running server and its PostgreSQL: nobody is turned away, what the former key made
// still counts, what is made anew is made with the new one.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { people } from '../outside_client/demo.mjs';
import { exchange } from '../outside_client/http.mjs';
import { openTicket } from '../outside_client/qr.mjs';
import { printed, qrgate, run } from '../support/command.mjs';
import { loggedIn } from '../support/password_login.mjs';
import { askServers } from '../support/private_database.mjs';
import { finishQrLogin, qrLogin } from '../support/qr_login.mjs';
import { Server } from '../support/server.mjs';
import { confirm, readyPhone, scan, tokenOf } from '../support/phone.mjs';

const keyOf = (code) => tokenOf(code.url)[1];

describe('keys rotate token', () => {
  let server;
  before(async () => { server = await Server.start(); });
  after(async () => { await server?.stop(); });

  test('waiting codes of the former key still scan, and new codes have the new one', async () => {
    const phone = await readyPhone(server, people.lin);
    const early = await openTicket(server.origin);
    const scanned_early = await openTicket(server.origin);
    assert.equal(keyOf(early.code), '0');
    const scanned = await scan(phone, scanned_early.code.url);

    await printed(server, 'keys', 'rotate', 'token', '--after', '5s');
    await server.logged('keys_read');
    const between = await openTicket(server.origin);
    assert.equal(keyOf(between.code), '0', 'told, and not yet used');
    await finishQrLogin(phone, between);
    await server.logged('key_in_use');

    assert.match(await printed(server, 'keys', 'list'), /token +1 .* in use[^]*sealing +1/);
    await finishQrLogin(phone, early);
    await confirm(phone, scanned);
    assert.equal((await scanned_early.browser.call('POST', '/api/v1/qr/redeem')).status, 200, 'scanned before, redeemed after');
    const late = await openTicket(server.origin);
    assert.equal(keyOf(late.code), '1');
    await finishQrLogin(phone, late);
    scanned_early.socket.close();
  });

  test('a second rotation is refused while codes of the former key may be open, and done after that', async () => {
    const refused = await qrgate(server, 'keys', 'rotate', 'token', '--after', '5s');
    assert.equal(refused.code, 1);
    assert.match(refused.err, /rotate again after 20/);
    const forged = await exchange(server.origin, 'POST', `/api/v1/phone/tickets/a2${'A'.repeat(30)}/scan`, { body: {} });
    assert.ok(forged.status >= 400);
  });

  test('keys list names purposes and ids and shows no key', async () => {
    const shown = await printed(server, 'keys', 'list');
    for (const purpose of ['token', 'sealing', 'ca', 'index', 'pre-session', 'unlock']) assert.match(shown, new RegExp(`^${purpose} `, 'm'));
    const folder = path.join(server.data, 'keys');
    for (const name of await fs.readdir(folder)) {
      const key = await fs.readFile(path.join(folder, name));
      for (const form of [key.toString('hex'), key.toString('base64'), key.toString('latin1').trim().split('\n')[0]]) {
        assert.ok(!shown.includes(form), `${name} is not shown`);
      }
    }
  });
});

describe('keys rotate sealing', () => {
  let server;
  before(async () => { server = await Server.start(); });
  after(async () => { await server?.stop(); });

  // The ids of the keys that fields are sealed with.
  const sealedWith = async () => (await askServers(server, `SELECT string_agg(DISTINCT get_byte(f, 1)::text, ',' ORDER BY get_byte(f, 1)::text) FROM
    (SELECT number AS f FROM person UNION ALL SELECT name FROM person UNION ALL SELECT phone FROM person
     UNION ALL SELECT unlock_secret FROM certificate) x WHERE f IS NOT NULL`)).flat();

  test('everything is sealed anew while people log in, and opens as before', async () => {
    const phone = await readyPhone(server, people.lin);
    assert.deepEqual(await sealedWith(), ['1']);

    await printed(server, 'keys', 'rotate', 'sealing', '--after', '5s');
    await server.logged('keys_read');
    let logins = 0;
    let stop = false;
    const all_the_time = (async () => {
      while (!stop) {
        await qrLogin(server.origin, phone);
        logins += 1;
      }
    })();
    await server.logged('fields_resealed');
    stop = true;
    await all_the_time;

    assert.ok(logins > 0);
    assert.deepEqual(await sealedWith(), ['2']);
    await loggedIn(server.origin, people.hao);
    const shown = await printed(server, 'person', 'show', people.lin.identity_number);
    assert.match(shown, /phone +139\*\*\*\*0001/);
    await server.restart();
    await loggedIn(server.origin, people.zhao);
  });

  test('on SIGHUP a new key is read at once', async () => {
    const reads = server.log.split('keys_read').length;
    await printed(server, 'keys', 'rotate', 'sealing', '--after', '1h');
    process.kill(server.process_id, 'SIGHUP');
    await server.logged('keys_read', reads, 2000);
    assert.match(await printed(server, 'keys', 'list'), /sealing +3 .* next/);
    assert.deepEqual(await sealedWith(), ['2'], 'and not used yet');
  });

  test('a broken key file changes nothing in a running server, and is logged', async () => {
    await fs.writeFile(path.join(server.data, 'keys/field-9.key'), 'nonsense', { mode: 0o600 });
    await server.logged('keys_refused');
    await loggedIn(server.origin, people.lin);
    await fs.rm(path.join(server.data, 'keys/field-9.key'));
  });
});

describe('keys rotate ca', () => {
  let server;
  before(async () => {
    server = await Server.start(undefined, ['--set', 'ca.algorithm=p256']);
  });
  after(async () => { await server?.stop(); });

  const list = async (query) => {
    const answer = await exchange(server.origin, 'GET', `/ca.crl${query}`);
    assert.equal(answer.status, 200);
    await fs.writeFile(path.join(server.data, 'list.crl'), answer.bytes);
    return path.join(server.data, 'list.crl');
  };

  test('old certificates log in, new ones come from the new CA, and each CA has its list', async () => {
    const old_phone = await readyPhone(server, people.lin);
    await printed(server, 'keys', 'rotate', 'ca', '--after', '5s', '--set', 'ca.algorithm=p256');
    await server.logged('key_in_use');
    const new_phone = await readyPhone(server, people.zhao);
    const { token: old_ticket } = await qrLogin(server.origin, old_phone);
    const { token: new_ticket } = await qrLogin(server.origin, new_phone);

    const bundle = path.join(server.data, 'ca.pem');
    await fs.writeFile(bundle, (await exchange(server.origin, 'GET', '/ca.pem')).text);
    assert.equal((await fs.readFile(bundle, 'utf8')).split('BEGIN CERTIFICATE').length, 3, 'both of them');
    for (const ticket of [old_ticket, new_ticket]) {
      const receipt = path.join(server.data, 'receipt.json');
      await printed(server, 'receipt', 'export', ticket, '--output', receipt);
      const verified = await qrgate(server, 'receipt', 'verify', receipt, '--ca', bundle);
      assert.equal(verified.code, 0, verified.out + verified.err);
    }
    const only_new = path.join(server.data, 'ca/ca-2.crt');
    const receipt = path.join(server.data, 'receipt.json');
    await printed(server, 'receipt', 'export', old_ticket, '--output', receipt);
    assert.equal((await qrgate(server, 'receipt', 'verify', receipt, '--ca', only_new)).code, 1, 'the former CA signed it');

    for (const { certificate } of [old_phone, new_phone]) await printed(server, 'certificate', 'revoke', certificate.serial);
    await server.advance(11);
    const id = /^ca +([0-9a-f]{8}) .* in use/m.exec(await printed(server, 'keys', 'list'))[1];
    const shown = async (query, ca) => {
      const { out, err } = await run('openssl', ['crl', '-inform', 'DER', '-in', await list(query), '-noout', '-text', '-CAfile', path.join(server.data, 'ca', ca)]);
      assert.match(out + err, /verify OK/);
      return (out + err).toLowerCase();
    };
    const first = await shown('', 'ca.crt');
    const second = await shown(`?ca=${id}`, 'ca-2.crt');
    assert.ok(first.includes(old_phone.certificate.serial) && !first.includes(new_phone.certificate.serial));
    assert.ok(second.includes(new_phone.certificate.serial) && !second.includes(old_phone.certificate.serial));
    assert.equal((await exchange(server.origin, 'GET', '/ca.crl?ca=00000000')).status, 404);
  });

  test('the new CA is the same after a restart', async () => {
    const before = await printed(server, 'keys', 'list');
    await server.restart();
    assert.equal(await printed(server, 'keys', 'list'), before);
    const der = await exchange(server.origin, 'GET', '/ca.crt');
    const [newest] = (await exchange(server.origin, 'GET', '/ca.pem')).text.split('-----END');
    assert.equal(newest.split('\n').slice(1).join(''), der.bytes.toString('base64'), '/ca.crt is the one that issues');
  });
});

test('words that are no rotation are refused', async () => {
  const folder = await fs.mkdtemp('/tmp/qrgate-test-');
  const binary = process.env.QRGATE_BINARY;
  for (const words of [['keys'], ['keys', 'rotate'], ['keys', 'rotate', 'index'], ['keys', 'list', 'all']]) {
    assert.equal((await run(binary, ['--data', folder, ...words])).code, 2, words.join(' '));
  }
  const none = await run(binary, ['--data', folder, 'keys', 'list']);
  assert.match(none.err, /there is no installation/);
  await fs.rm(folder, { recursive: true });
});
