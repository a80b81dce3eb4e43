// The server of a fault test, and phones that are ready to log in, from its first test to its last.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Server } from '../../support/server.mjs';
import { readyPhones } from './logins.mjs';

// → {server, phones}, once the tests run. `words`: more of the server's; `prepare` runs once, when both are there.
export function serverAndPhones(words = [], prepare = async () => {}) {
  const here = {};
  before(async () => {
    // What was confirmed must be redeemed in a minute; a fault of half a minute and a busy machine need more.
    here.server = await Server.start(undefined, ['--set', 'qr.redeem_time=10m', ...words]);
    here.phones = await readyPhones(here.server);
    await prepare();
  });
  after(async () => assert.equal(await here.server?.stop(), 0));
  return here;
}
