// What must hold after every fault: the service came back by itself, every confirmed login is a login (a redeem answer
// that never arrived aside: docs/protocol.md 4), none was granted twice, and no ticket is stuck. Times are printed,
// never judged beyond "within half a minute".
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { addressOf, ask } from '../../support/private_database.mjs';
import { Failed, Login } from './logins.mjs';

const BACK_WITHIN_MS = 30_000;
const POLL_MS = 25;
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

export async function ready(server) {
  const answer = await fetch(`http://127.0.0.1:${server.admin_port}/readyz`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status === 200;
}

async function untilReady(server) {
  for (const end = Date.now() + BACK_WITHIN_MS; Date.now() < end; await pause(POLL_MS)) if (await ready(server)) return;
  throw new Error(`not ready ${seconds(BACK_WITHIN_MS)} after the fault`);
}

// A person who just tries again until it works.
async function untilLoggedIn(server, phone) {
  let last;
  for (const end = Date.now() + BACK_WITHIN_MS; Date.now() < end; await pause(POLL_MS)) {
    const login = new Login(server.origin, server.origin, phone);
    try {
      await login.all();
      return;
    } catch (error) {
      last = error;
      login.leave();
    }
  }
  throw new Failed(`no login ${seconds(BACK_WITHIN_MS)} after the fault: ${last?.message}`);
}

// → {ready_ms, login_ms} since `since` (Date.now() at the fault's end).
export async function serviceIsBack(server, phone, since) {
  await untilReady(server);
  const ready_ms = Date.now() - since;
  await untilLoggedIn(server, phone);
  return { ready_ms, login_ms: Date.now() - since };
}

// What PostgreSQL holds, of all logins that this server has ever seen.
async function grantedOnce(at) {
  const [[redeemed, sessions, distinct, foreign, written]] = await ask(at, `
    SELECT count(*), (SELECT count(*) FROM session WHERE method = 'qr' AND kind = 'browser'),
           count(DISTINCT session_id), count(*) FILTER (WHERE s.person_id IS DISTINCT FROM t.person_id),
           (SELECT count(*) FROM audit WHERE event = 'ticket_redeemed' AND outcome = 'ok')
      FROM ticket t LEFT JOIN session s ON s.id = t.session_id WHERE t.state = 'redeemed'`);
  assert.equal(sessions, redeemed, 'a session for each redeemed ticket, and no other');
  assert.equal(distinct, redeemed, 'no two tickets for one session');
  assert.equal(foreign, '0', 'a session of another person than the one who signed');
  assert.equal(written, redeemed, 'one row in the audit for each');
}

async function sessionsStand(ledger) {
  for (const login of ledger.filter(({ redeemed }) => redeemed > 0)) {
    const answer = await login.browser.call('GET', '/api/v1/session');
    assert.equal(answer.status, 200, `a login that was granted: ${answer.text}`);
    assert.equal(answer.json.person.id, login.person);
  }
}

function compare(ledger, rows) {
  const states = new Map(rows.map(([token, state]) => [token, state]));
  const count = { logins: ledger.length, confirmed: 0, redeemed: 0, answers_lost: 0, broken_off: 0 };
  for (const login of ledger) {
    const state = states.get(login.token);
    assert.ok(login.redeemed <= 1, 'granted twice to one browser');
    if (login.redeemed > 0) assert.equal(state, 'redeemed');
    if (state === 'redeemed') assert.ok(login.redeem_sent > 0 && login.confirm_sent, 'granted without a confirm');
    if (login.confirmed) {
      assert.equal(state, 'redeemed', `a confirmed login is lost: ${state}, ${login.last}, ${login.refusals.join('; ')}`);
      assert.ok(login.redeemed === 1 || login.in_doubt > 0, `a redeem that was answered, and no login: ${login.last}`);
    }
    count.confirmed += Number(login.confirmed);
    count.redeemed += login.redeemed;
    count.answers_lost += Number(state === 'redeemed' && login.redeemed === 0);
    count.broken_off += Number(!login.confirmed);
  }
  return count;
}

// An hour later no ticket is open. Only the demo's clock lets nobody wait for that.
export async function nothingStuck(server) {
  const at = await addressOf(server);
  await server.advance(3600);
  for (const end = Date.now() + BACK_WITHIN_MS; Date.now() < end; await pause(POLL_MS)) {
    const [[open]] = await ask(at, `SELECT count(*) FROM ticket WHERE state IN ('scanned', 'confirmed')`);
    if (open === '0') return;
  }
  assert.fail('tickets that never end');
}

// `since`: Date.now() when the fault was over. `at`: the database, where it is not the server's own.
export async function aftermath(test, server, load, { since, at, move_clock = at === undefined, fault = test.name }) {
  const back = await serviceIsBack(server, load.phones[0], since);
  await load.stop();
  await Promise.all(load.ledger.map((login) => login.settle()));
  at ??= await addressOf(server);
  const count = compare(load.ledger, await ask(at, 'SELECT token, state FROM ticket'));
  await grantedOnce(at);
  await sessionsStand(load.ledger);
  assert.ok(count.redeemed > 0, 'no login went on during this: it shows nothing');
  if (move_clock) await nothingStuck(server);
  const words = `${fault}: ready after ${seconds(back.ready_ms)}, login after ${seconds(back.login_ms)}; ` +
    Object.entries(count).map(([key, value]) => `${key} ${value}`).join(', ');
  test.diagnostic(words);
  return { ...back, ...count };
}
