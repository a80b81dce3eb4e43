// P7: pushes while passwords flood in, against the same pushes before it.
import { withServer } from '../servers.mjs';
import { figure, ratio, verdict } from './judge.mjs';
import { latency } from './run.mjs';

const CONNECTIONS = 200;
const REFUSED_WITHIN_MS = 50;
const ms = (us) => us / 1000;

const seatsOf = (run) => run.pick(1000, 5000);

// Who could not sit down, who was sent away, and who is not there at the end.
function seatsLost(run, { counts }) {
  const closed = Object.entries(counts).filter(([name]) => name.startsWith('closed_')).reduce((sum, [, count]) => sum + count, 0);
  return Math.max(counts.seats_failed + closed, seatsOf(run) - counts.seats);
}

async function measureAt(run, server) {
  const at = { url: server.url, 'server-pid': server.pid };
  const seconds = run.pick(4, 20);
  const push = { ...at, rate: 200, seats: seatsOf(run), seconds, warmup: 2, sources: 20 };
  run.say('pushes, nothing else');
  const idle = await run.bench('product', 'push', push);
  run.say(`pushes while ${CONNECTIONS} connections guess passwords`);
  // The flood begins before the pushes and ends after them.
  const [flood, flooded] = await Promise.all([
    run.bench('product', 'login password', { ...at, flood: true, connections: CONNECTIONS, seconds: seconds + 8, warmup: 0 }),
    run.bench('product', 'push', push),
  ]);
  idle.label = 'qrgate, idle';
  flooded.label = 'qrgate, under the flood';
  return { idle, flooded, flood };
}

export const goal = {
  id: 'P7',
  title: 'under a password flood',
  goal: 'push p50 ≤ 1.3 × idle, p99 ≤ 3 × idle; no waiting browser loses its seat; refused logins answer 503 at p99 ≤ 50 ms',
  async measure(run) {
    const { idle, flooded, flood } = await withServer({}, (server) => measureAt(run, server));
    const compared = (percentile, atMost) => ratio(`push ${percentile}`, ms(latency(flooded, 'push', percentile)),
      ms(latency(idle, 'push', percentile)), { atMost, unit: 'ms', peer_name: 'idle' });
    return verdict('P7', [
      compared('p50', 1.3), compared('p99', 3),
      figure('503 p99', ms(latency(flood, 'status_503', 'p99')), { atMost: REFUSED_WITHIN_MS, unit: 'ms' }),
      figure('seats lost', seatsLost(run, flooded), { atMost: 0 }),
      figure('pushes that failed', flooded.counts.failed, { atMost: 0 }),
    ], [`${CONNECTIONS} connections, ${flood.latencies.status_503.count} logins refused`]);
  },
};
