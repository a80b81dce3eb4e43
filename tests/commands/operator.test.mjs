// The operator's commands beside a running server: what they print, what they end, what they leave in the audit.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { answerCaptcha, people } from '../outside_client/demo.mjs';
import { Browser } from '../outside_client/http.mjs';
import { Waiting } from '../outside_client/waiting.mjs';
import { printed, qrgate } from '../support/command.mjs';
import { Server } from '../support/server.mjs';
import { confirm, readyPhone, scan } from '../support/phone.mjs';

let server;
before(async () => { server = await Server.start(); });
after(async () => { await server?.stop(); });

async function passwordLogin(person) {
  const browser = new Browser(server.origin);
  await browser.call('GET', '/api/v1/context');
  const captcha = await answerCaptcha(server.origin, await browser.call('POST', '/api/v1/captcha'));
  const { kind, identity_number, password } = person;
  const answer = await browser.call('POST', '/api/v1/login/password', { kind, identity_number, password, ...captcha });
  return { browser, answer };
}

async function qrLogin(phone) {
  const browser = new Browser(server.origin);
  await browser.call('GET', '/api/v1/context');
  const socket = await Waiting.open(browser);
  const code = await socket.code();
  const scanned = await scan(phone, code.url);
  await confirm(phone, scanned);
  const answer = await browser.call('POST', '/api/v1/qr/redeem');
  assert.equal(answer.status, 200, answer.text);
  return { browser, token: scanned.ticket };
}

test('person show tells level, state and what happened, and nothing in clear', async () => {
  await passwordLogin(people.lin);

  const shown = await printed(server, 'person', 'show', people.lin.identity_number);

  assert.match(shown, /level\s+3/);
  assert.match(shown, /authn_login_success/);
  for (const secret of [people.lin.identity_number, people.lin.phone, people.lin.password]) {
    assert.ok(!shown.includes(secret), 'masked');
  }
});

test('person lock ends the sessions at once and refuses the login like a wrong password', async () => {
  const { browser } = await passwordLogin(people.gongsi);

  await printed(server, 'person', 'lock', people.gongsi.identity_number);

  assert.equal((await browser.call('GET', '/api/v1/session')).status, 401);
  const { answer } = await passwordLogin(people.gongsi);
  assert.equal(answer.json.error.code, 'credentials_wrong');
  await printed(server, 'person', 'unlock', people.gongsi.identity_number);
  assert.equal((await passwordLogin(people.gongsi)).answer.status, 200);
});

test('person level lowers and raises a level, with its evidence in the audit', async () => {
  const phone = await readyPhone(server, people.lin);

  await printed(server, 'person', 'level', people.lin.identity_number, '2', 'desk: test');

  const browser = new Browser(server.origin);
  await browser.call('GET', '/api/v1/context');
  const code = await (await Waiting.open(browser)).code();
  const refused = await phone.scan(code.token);
  assert.equal(refused.json.error.code, 'level_too_low');
  await printed(server, 'person', 'level', people.lin.identity_number, '3', 'desk: test');
  assert.equal((await phone.scan(code.token)).status, 200);
  await phone.cleanUp();
});

test('certificate revoke and session end take effect at the next call', async () => {
  const phone = await readyPhone(server, people.lin);
  const { browser } = await qrLogin(phone);
  const { sessions } = (await browser.call('GET', '/api/v1/sessions')).json;
  const current = sessions.find((session) => session.current);

  await printed(server, 'session', 'end', current.id);
  await printed(server, 'certificate', 'revoke', phone.certificate.serial);

  assert.equal((await browser.call('GET', '/api/v1/session')).status, 401);
  const other = new Browser(server.origin);
  await other.call('GET', '/api/v1/context');
  const code = await (await Waiting.open(other)).code();
  const refused = await phone.scan(code.token, { certificate: phone.certificate.serial });
  assert.equal(refused.json.error.code, 'certificate_unusable');
  assert.equal((await qrgate(server, 'session', 'end', current.id)).code, 1);
  await phone.cleanUp();
});

test('a receipt is exported, verified offline, and refused when one octet of it is changed', async () => {
  const phone = await readyPhone(server, people.lin);
  const { token } = await qrLogin(phone);
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
