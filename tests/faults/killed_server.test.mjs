// The server killed with -9 at every step of a QR login and started again over the same data folder, as a supervisor
// would: nothing confirmed is lost, nothing is granted twice, and nobody has to mend anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { aftermath, nothingStuck } from './support/aftermath.mjs';
import { LONG } from './support/lengths.mjs';
import { Load, Login } from './support/logins.mjs';
import { serverAndPhones } from './support/server_and_phones.mjs';

// Milliseconds between a request that is sent and the kill: before it is read, while it is worked on, about when it
// is answered.
const DELAYS = LONG ? [0, 1, 2, 3, 4, 6, 8, 12, 16, 24] : [1, 6];

const here = serverAndPhones();

const quietly = (login, step) => login[step]().catch((error) => { login.refusals.push(error.message || String(error.code)); });

const STEPS = ['wait', 'scan', 'unlock', 'confirm', 'redeem', 'present'];

// A login that has taken its steps up to this one, which is not yet taken.
async function before_step(step, phone) {
  const login = new Login(here.server.origin, here.server.origin, phone);
  for (const taken of STEPS.slice(0, STEPS.indexOf(step))) await login[taken]();
  return login;
}

async function killedAnd(fault) {
  let since;
  const load = new Load(here.server, here.phones);
  await load.more(1);
  await fault(load.ledger, async () => {
    const again = here.server.restart('SIGKILL');
    since = Date.now();
    await again;
  });
  return { load, since };
}

// The logins of all steps share a kill where every change waits for the test; in the long mode each step has its own.
function eachOrTogether(steps) {
  return LONG ? steps.map((step) => [step]) : [steps];
}

for (const steps of eachOrTogether(STEPS)) {
  test(`killed when logins are about to ${steps.join(', ')}`, async (t) => {
    const { load, since } = await killedAnd(async (ledger, kill) => {
      const logins = [];
      for (const step of steps) for (const phone of here.phones) logins.push(await before_step(step, phone));
      ledger.push(...logins);
      await kill();
      await Promise.all(logins.map((login) => login.settle()));
      for (const login of logins.filter(({ confirmed }) => confirmed)) {
        assert.equal(login.redeemed, 1, 'confirmed before the kill, so redeemed, before or after it');
      }
    });
    await aftermath(t, here.server, load, { since, move_clock: false });
  });
}

for (const steps of eachOrTogether(['scan', 'confirm', 'redeem'])) {
  for (const delay of DELAYS) {
    test(`killed ${delay} ms after ${steps.join(', ')} were sent`, async (t) => {
      const { load, since } = await killedAnd(async (ledger, kill) => {
        const ways = steps.flatMap((step) => here.phones.map((phone) => ({ step, phone })));
        const poised = [];
        for (const { step, phone } of ways) poised.push({ step, login: await before_step(step, phone) });
        ledger.push(...poised.map(({ login }) => login));
        const sent = poised.map(({ step, login }) => quietly(login, step));
        await pause(delay);
        await kill();
        await Promise.all(sent);
      });
      await aftermath(t, here.server, load, { since, move_clock: false });
    });
  }
}

// Last, because the demo clock goes back to the machine's at every start.
test('no ticket of all these is left', () => nothingStuck(here.server));
