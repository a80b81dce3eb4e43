// Time: every limit that a person meets, shortly before and after it (the demo's clock); and a machine whose wall clock
// jumps forwards and backwards while people log in (libfaketime, where it is installed).
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Demo, people } from '../outside_client/demo.mjs';
import { Browser } from '../outside_client/http.mjs';
import { captchaOf, logIn, loginBody } from '../outside_client/password.mjs';
import { until } from '../support/until.mjs';
import { Server } from '../support/server.mjs';
import { addressOf, askServers } from '../support/private_database.mjs';
import { aftermath } from './support/aftermath.mjs';
import { longer } from './support/lengths.mjs';
import { Load, Login, readyPhones } from './support/logins.mjs';
import { freshBudgets } from './support/postgres.mjs';

// The machine may be busy: what happens between the limit's beginning and the try takes time of its own.
const BEFORE_S = 15;
const AFTER_S = 1;
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

describe('every limit, shortly before and after it', () => {
  let server;
  let phone;
  before(async () => {
    server = await Server.start();
    [phone] = await readyPhones(server, [people.lin]);
  });
  after(async () => assert.equal(await server?.stop(), 0));

  async function upTo(step) {
    const login = new Login(server.origin, server.origin, phone);
    for (const taken of ['wait', 'scan', 'unlock', 'confirm'].slice(0, ['wait', 'scan', 'unlock', 'confirm', 'redeem'].indexOf(step))) {
      await login[taken]();
    }
    return login;
  }

  // → [limit in s, start() → try() → verdict, verdict in time, verdicts too late]
  const LIMITS = {
    'a captcha': [600, async () => {
      const browser = new Browser(server.origin);
      const body = await loginBody(browser, people.lin);
      return async () => (await browser.call('POST', '/api/v1/login/password', body)).verdict;
    }, /^200/, /^403 captcha_wrong/],
    'a code by text': [300, async () => {
      await server.advance(61);
      const browser = new Browser(server.origin);
      await browser.call('POST', '/api/v1/sms/login', { phone: people.lin.phone, ...await captchaOf(browser) });
      const code = await new Demo(server.origin).smsCode(people.lin.phone);
      return async () => (await browser.call('POST', '/api/v1/login/sms', { phone: people.lin.phone, code })).verdict;
    }, /^200/, /^403 code_wrong/],
    'a code to scan, with its grace of 5 s': [65, async () => {
      const login = await upTo('scan');
      return async () => (await phone.scan(login.token)).verdict;
    }, /^200/, /^410 ticket_expired/],
    'the time to confirm': [300, async () => {
      const login = await upTo('confirm');
      return async () => (await phone.confirm(login.token, phone.certificate, login.text)).verdict;
    }, /^204/, /^409 ticket_state|^410/],
    'the time to redeem': [60, async () => {
      const login = await upTo('redeem');
      return async () => (await login.redeem()).verdict;
    }, /^200/, /^410 ticket_expired/],
    'an unused session': [1800, async () => {
      const browser = new Browser(server.origin);
      await logIn(browser, people.lin);
      await browser.call('GET', '/api/v1/session');
      // That it was presented is written beside the answer; an unpresented session ends after a minute.
      await until('the note of it', async () => {
        const [[presented]] = await askServers(server, `SELECT presented FROM session
          WHERE kind = 'browser' AND method = 'password' ORDER BY opened_at DESC LIMIT 1`);
        return presented === 't';
      });
      return async () => (await browser.call('GET', '/api/v1/session')).verdict;
    }, /^200/, /^401 session_missing/],
  };

  for (const [what, [limit_s, start, in_time, late]] of Object.entries(LIMITS)) {
    test(what, async () => {
      const early_try = await start();
      await server.advance(limit_s - BEFORE_S);
      assert.match(await early_try(), in_time);
      const late_try = await start();
      await server.advance(limit_s + AFTER_S);
      assert.match(await late_try(), late);
    });
  }
});

describe('a wall clock that jumps', { skip: !existsSync(FAKETIME) && 'libfaketime is not installed' }, () => {
  let server;
  let phones;
  let clock;
  before(async () => {
    server = await Server.start();
    phones = await readyPhones(server);
    clock = path.join(server.data, 'clock');
    await set(0);
    server.words = ['serve', '--bench', '--set', 'login.captcha=off', '--set', 'qr.redeem_time=1h', '--set', 'qr.confirm_time=1h'];
    // What waits in the server waits by the steady clock, which no administrator moves.
    server.settings = { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
    await server.restart();
  });
  after(async () => assert.equal(await server?.stop(), 0));

  async function set(seconds) {
    await fs.writeFile(`${clock}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    await fs.rename(`${clock}.new`, clock);
  }

  let now_s = 0;
  for (const to_s of [1200, 0, -1200, 0]) {
    const by_s = to_s - now_s;
    now_s = to_s;
    test(`by ${by_s} s, to ${to_s} s off`, async (t) => {
      await freshBudgets(await addressOf(server));
      const load = new Load(server, phones, { pause_ms: 300 });
      await load.more(2);
      await load.poise();
      // A session that was never presented ends after a minute by any clock: those that are under way end before.
      if (by_s > 0) await load.stop();
      await set(to_s);
      const since = Date.now();
      load.strike();
      await pause(longer(1_500, 10_000));
      const shown = (await new Browser(server.origin).call('GET', '/api/v1/context')).json.server_time;
      assert.ok(Math.abs(Date.parse(shown) - Date.now() - to_s * 1000) < 60_000, `the server's clock did not jump: ${shown}`);
      await aftermath(t, server, load, { since, at: await addressOf(server) });
    });
  }
});
