// P6: password logins against the hash library alone on as many threads, and Keycloak's published figure.
import os from 'node:os';
import * as glewlwyd from '../peers/glewlwyd.mjs';
import { flatOut } from '../peers/load.mjs';
import { withPeer, withServer } from '../servers.mjs';
import { median, ratio, shown, verdict } from './judge.mjs';
import { importPeople } from './people.mjs';
import { inTurn, needed, repeat } from './run.mjs';

const KEYCLOAK = 15; // password logins a second for each vCPU, as its makers publish
const PEOPLE = 48;

async function pair(run, threads, n) {
  const load = { seconds: run.pick(5, 10), warmup: 1 };
  const product = () => withServer({ settings: { 'workers.hash_threads': threads } }, async (server) => {
    const people = await importPeople(server, PEOPLE);
    return needed(await run.bench('product', 'login password', { url: server.url, 'server-pid': server.pid, people, connections: 4 * threads, ...load }), 'figures', 'answered_per_s');
  });
  const raw = async () => needed(await run.bench('the hash library alone', 'parts hash', { threads, ...load }), 'figures', 'raw_per_s');
  return inTurn(n, product, raw);
}

// Its own hash is weaker than ours: a figure to know, not a goal.
async function besideIt(run) {
  const installed = await glewlwyd.install();
  run.peer('glewlwyd', installed.version);
  return withPeer(() => glewlwyd.start(installed), async (peer) => {
    const { answered, seconds } = await flatOut(peer, peer.login.path, { seconds: 3, method: 'POST', connections: 4, headers: { 'content-type': 'application/json' }, body: peer.login.body });
    return `glewlwyd with its own hash: ${shown(answered / seconds)} logins a second`;
  });
}

export const goal = {
  id: 'P6',
  title: 'password logins',
  goal: '≥ 0.95 × the raw rate of the hash library on the same number of threads; ≥ 2 × Keycloak (15/s) per hash thread',
  async measure(run) {
    const threads = Math.max(1, os.cpus().length - 1);
    const pairs = await repeat(run.pick(1, 3), (n) => pair(run, threads, n));
    const product = median(pairs.map((one) => one.product));
    return verdict('P6', [
      ratio('logins a second', product, median(pairs.map(({ peer }) => peer)), { atLeast: 0.95, peer_name: 'the hash library alone' }),
      ratio('for each hash thread', product / threads, KEYCLOAK, { atLeast: 2, peer_name: 'Keycloak (published)' }),
    ], [`${threads} hash thread${threads > 1 ? 's' : ''}`, run.quick ? 'glewlwyd: in a full run only' : await besideIt(run).catch((error) => error.message)]);
  },
};
