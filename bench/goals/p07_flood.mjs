// P7: pushes while passwords flood in, against the same pushes before it; a full run has three rounds and takes the
// middle one.
import { withServer } from '../servers.mjs';
import { figure, median, range, ratio, shown, verdict } from './judge.mjs';
import { latency, repeat } from './run.mjs';

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
  const seconds = run.pick(4, 8);
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
    const count = run.pick(1, 3);
    const rounds = await repeat(count, () => withServer({}, (server) => measureAt(run, server)));
    const middle = (of, percentile) => ms(median(rounds.map((round) => latency(round[of], 'push', percentile))));
    const compared = (percentile, atMost) => ratio(`push ${percentile}`, middle('flooded', percentile), middle('idle', percentile), { atMost, unit: 'ms', peer_name: 'idle' });
    const total = (counted) => rounds.reduce((all, round) => all + counted(round), 0);
    const spread = (of) => range(rounds.map((round) => ms(latency(round[of], 'push', 'p99')))).map((value) => shown(value, 'ms')).join(' to ');
    return verdict('P7', [
      compared('p50', 1.3), compared('p99', 3),
      figure('503 p99', ms(median(rounds.map(({ flood }) => latency(flood, 'status_503', 'p99')))), { atMost: REFUSED_WITHIN_MS, unit: 'ms' }),
      figure('seats lost', total(({ flooded }) => seatsLost(run, flooded)), { atMost: 0 }),
      figure('pushes that failed', total(({ flooded }) => flooded.counts.failed), { atMost: 0 }),
    ], [`${CONNECTIONS} connections, ${total(({ flood }) => flood.latencies.status_503.count)} logins refused`,
      `median of ${count}, p99 from ${spread('flooded')}, idle from ${spread('idle')}`]);
  },
};
