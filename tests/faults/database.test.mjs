// The database goes away and comes back while people log in: 503 meanwhile, by itself afterwards, nothing lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { people } from '../outside_client/demo.mjs';
import { openTicket } from '../outside_client/qr.mjs';
import { Waiting } from '../outside_client/waiting.mjs';
import { loggedIn } from '../support/password_login.mjs';
import { dataOf, postmasterOf, processesOf } from '../support/private_database.mjs';
import { Server } from '../support/server.mjs';
import { confirm, readyPhone, scan } from '../support/phone.mjs';
import { ready } from './support/aftermath.mjs';

const BACK_WITHIN_MS = 30_000;
const POLL_MS = 50;

let server;
before(async () => { server = await Server.start(); });
after(async () => { await server?.stop(); });

// Asks until `over` says so; every answer on the way must be the session or a 503 that says when to come back.
async function askUntil(browser, over) {
  for (const until = Date.now() + BACK_WITHIN_MS; Date.now() < until;) {
    const answer = await browser.call('GET', '/api/v1/session');
    if (answer.status === 503) assert.ok(Number(answer.headers['retry-after']) >= 1, answer.text);
    else assert.equal(answer.status, 200, answer.text);
    if (answer.status === 200 && await over()) return answer;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('the database did not come back');
}

test('a database that is killed comes back by itself and has lost nothing that was confirmed', async () => {
  const browser = await loggedIn(server.origin, people.lin);
  const postmaster = await postmasterOf(dataOf(server));

  process.kill(postmaster, 'SIGKILL');
  // Its children live on for a moment and may still answer: another postmaster must be there, and be ready.
  const session = await askUntil(browser, async () => {
    const present = await postmasterOf(dataOf(server)).catch(() => postmaster);
    return present !== postmaster && await ready(server);
  });

  assert.equal(session.json.person.level, 3);
  const health = await fetch(`http://127.0.0.1:${server.admin_port}/healthz`);
  assert.equal(health.status, 200);
});

test('a database that hangs gives 503, keeps browsers waiting in their seats, and goes on when it goes on', async () => {
  const browser = await loggedIn(server.origin, people.lin);
  const { browser: waiting_browser, socket, code } = await openTicket(server.origin);
  const processes = await processesOf(dataOf(server));

  for (const process_id of processes) process.kill(process_id, 'SIGSTOP');
  const meanwhile = await browser.call('GET', '/api/v1/session');
  const ready_meanwhile = await ready(server);
  for (const process_id of processes) process.kill(process_id, 'SIGCONT');

  assert.equal(meanwhile.status, 503, meanwhile.text);
  assert.equal(ready_meanwhile, false);
  await askUntil(browser, () => ready(server));
  const phone = await readyPhone(server, people.lin);
  const scanned = await scan(phone, code.url);
  await socket.message('scanned');
  await confirm(phone, scanned);
  await socket.message('confirmed');
  const redeemed = await waiting_browser.call('POST', '/api/v1/qr/redeem');
  assert.equal(redeemed.status, 200, redeemed.text);
});

test('a confirmation survives the kill of server and database before the redeem', async () => {
  const { browser, code } = await openTicket(server.origin);
  const phone = await readyPhone(server, people.lin);
  const scanned = await scan(phone, code.url);
  await confirm(phone, scanned);

  await server.restart('SIGKILL');

  const again = await Waiting.open(browser);
  await again.message('confirmed');
  const redeemed = await browser.call('POST', '/api/v1/qr/redeem');
  assert.equal(redeemed.status, 200, redeemed.text);
  const second = await browser.call('POST', '/api/v1/qr/redeem');
  assert.notEqual(second.status, 200);
});
