// P5: session checks for each second of server time, against nginx `return 200` and whole login servers.
import path from 'node:path';
import * as glewlwyd from '../peers/glewlwyd.mjs';
import * as nginx from '../peers/nginx.mjs';
import { withPeer, withServer } from '../servers.mjs';
import { importPeople } from './people.mjs';
import { median, ratio, verdict } from './judge.mjs';
import { inTurn, needed, repeat } from './run.mjs';

const PLAIN = 'nginx return 200';
const SESSIONS = 10_000;
const PEOPLE = 200;
// better-auth is not in Debian or driven here: measured once by hand, on a core.
const BETTER_AUTH = 500;
// Every session is asked about in the warm-up; what is known of one is read again after 7 s, so twice in what is measured.
const pace = (run) => ({ seconds: run.pick(4, 14), warmup: 3 });
const perCpuSecond = (result) => needed(result, 'figures', 'requests_per_cpu_second');

async function sessionChecks(run) {
  return withServer({}, async (server) => {
    const sessions = path.join(server.data, 'sessions.txt');
    const people = await importPeople(server, PEOPLE);
    await run.prepare('sessions', { data: server.data, people, count: run.pick(1000, SESSIONS), out: sessions });
    return perCpuSecond(await run.bench('product', 'verify', {
      url: server.url, 'server-pid': server.pid, sessions, ...pace(run),
    }));
  });
}

const plainAnswers = (run, installed) => withPeer(() => nginx.startPlain(installed), async (peer) => perCpuSecond(
  await run.bench(PLAIN, 'verify', { url: peer.url, 'server-pid': peer.pid, 'plain-get': '/plain', ...pace(run) })));

async function glewlwydChecks(run) {
  const installed = await glewlwyd.install();
  run.peer('glewlwyd', installed.version);
  return withPeer(() => glewlwyd.start(installed), async (peer) => {
    return perCpuSecond(await run.bench('glewlwyd', 'verify', {
      url: peer.url, 'server-pid': peer.pid, 'plain-get': peer.check, cookie: peer.cookie, seconds: run.pick(3, 8), warmup: 1, connections: 16,
    }));
  });
}

export const goal = {
  id: 'P5',
  title: 'session checks',
  goal: 'requests per server CPU-second: ≥ 0.8 × nginx return 200, ≥ 20 × glewlwyd, ≥ 50 × better-auth; 10 000 live sessions',
  async measure(run) {
    const installed = await nginx.install();
    run.peer(PLAIN, installed.version);
    const pairs = await repeat(run.pick(1, 3), (n) => inTurn(n, () => sessionChecks(run), () => plainAnswers(run, installed)));
    const product = median(pairs.map((pair) => pair.product));
    const against = (peer, peer_name, atLeast) => ratio('checks a CPU-second', product, peer, { atLeast, peer_name });
    return verdict('P5', [
      against(median(pairs.map(({ peer }) => peer)), PLAIN, 0.8),
      against(await glewlwydChecks(run), 'glewlwyd', 20),
      against(BETTER_AUTH, 'better-auth (its figure as quoted in the design)', 50),
    ], [`${run.pick(1000, SESSIONS)} live sessions`]);
  },
};
