// The operator's commands beside a running server: what they print, what they end, what they leave in the audit.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { people } from '../outside_client/demo.mjs';
import { openTicket } from '../outside_client/qr.mjs';
import { printed, qrgate } from '../support/command.mjs';
import { passwordLogin } from '../support/password_login.mjs';
import { Server } from '../support/server.mjs';
import { readyPhone } from '../support/phone.mjs';
import { qrLogin } from '../support/qr_login.mjs';

let server;
before(async () => { server = await Server.start(); });
after(async () => { await server?.stop(); });

test('person show tells level, state and what happened, and nothing in clear', async () => {
  await passwordLogin(server.origin, people.lin);

  const shown = await printed(server, 'person', 'show', people.lin.identity_number);

  assert.match(shown, /level\s+3/);
  assert.match(shown, /authn_login_success/);
  for (const secret of [people.lin.identity_number, people.lin.phone, people.lin.password]) {
    assert.ok(!shown.includes(secret), 'masked');
  }
});

test('person lock ends the sessions at once and refuses the login like a wrong password', async () => {
  const { browser } = await passwordLogin(server.origin, people.gongsi);

  await printed(server, 'person', 'lock', people.gongsi.identity_number);

  assert.equal((await browser.call('GET', '/api/v1/session')).status, 401);
  const { answer } = await passwordLogin(server.origin, people.gongsi);
  assert.equal(answer.json.error.code, 'credentials_wrong');
  await printed(server, 'person', 'unlock', people.gongsi.identity_number);
  assert.equal((await passwordLogin(server.origin, people.gongsi)).answer.status, 200);
});

test('person level lowers and raises a level, with its evidence in the audit', async () => {
  const phone = await readyPhone(server, people.lin);

  await printed(server, 'person', 'level', people.lin.identity_number, '2', 'desk: test');

  const { token } = await openTicket(server.origin);
  const refused = await phone.scan(token);
  assert.equal(refused.json.error.code, 'level_too_low');
  await printed(server, 'person', 'level', people.lin.identity_number, '3', 'desk: test');
  assert.equal((await phone.scan(token)).status, 200);
  await phone.cleanUp();
});

test('certificate revoke and session end take effect at the next call', async () => {
  const phone = await readyPhone(server, people.lin);
  const { browser } = await qrLogin(server.origin, phone);
  const { sessions } = (await browser.call('GET', '/api/v1/sessions')).json;
  const current = sessions.find((session) => session.current);

  await printed(server, 'session', 'end', current.id);
  await printed(server, 'certificate', 'revoke', phone.certificate.serial);

  assert.equal((await browser.call('GET', '/api/v1/session')).status, 401);
  const { token } = await openTicket(server.origin);
  const refused = await phone.scan(token, { certificate: phone.certificate.serial });
  assert.equal(refused.json.error.code, 'certificate_unusable');
  assert.equal((await qrgate(server, 'session', 'end', current.id)).code, 1);
  await phone.cleanUp();
});

test('a receipt is exported, verified offline, and refused when one octet of it is changed', async () => {
  const phone = await readyPhone(server, people.lin);
  const { token } = await qrLogin(server.origin, phone);
  const file = path.join(server.data, 'receipt.json');
  const ca = path.join(server.data, 'ca/ca.crt');

  await printed(server, 'receipt', 'export', token, '--output', file);
  const verified = await printed(server, 'receipt', 'verify', file, '--ca', ca);

  assert.ok(verified.includes(`ticket: ${token}\n`));
  const receipt = JSON.parse(await fs.readFile(file, 'utf8'));
  receipt.text = receipt.text.replace('address: 1', 'address: 2');
  await fs.writeFile(file, JSON.stringify(receipt));
  assert.equal((await qrgate(server, 'receipt', 'verify', file, '--ca', ca)).code, 1);
  await phone.cleanUp();
});

test('wrong words are answered with the usage, and bad settings with the setting and what is allowed', async () => {
  assert.equal((await qrgate(server, 'person', 'praise', people.lin.identity_number)).code, 2);
  assert.equal((await qrgate(server, 'person', 'show', 'nobody')).code, 1);
  const checked = await qrgate(server, 'config', 'check', '--set', 'server.port=ninety');
  assert.equal(checked.code, 2);
  assert.match(checked.err, /server\.port/);
  assert.equal((await qrgate(server, 'config', 'check')).code, 0);
});
