// W: 100 000 browsers wait at once, over several server processes on one database; the same pushes to few and to all.
import { figure, ratio, verdict } from './judge.mjs';
import { latency } from './run.mjs';
import { withServers } from './several.mjs';

const SERVERS = 6;
const FEW = 6000;
const ALL = 100_000;
const RATE = 500;
const ms = (us) => us / 1000;

export const goal = {
  id: 'W',
  title: '100 000 browsers wait at once',
  long: true, // a quick run leaves it out, unless it is named
  goal: `${ALL} waiting over ${SERVERS} processes on one database, push latency unchanged (p50 ≤ 1.1 ×, p99 ≤ 1.5 × of what it is with ${FEW})`,
  async measure(run) {
    const push = async (seats) => withServers(SERVERS, async (servers) => {
      run.say(`${seats} browsers in ${SERVERS} processes`);
      const result = await run.bench('product', 'push', {
        url: servers.map(({ url }) => url), 'server-pid': servers.map(({ pid }) => pid), seats, rate: RATE, seconds: run.pick(8, 15), warmup: 3, sources: 100,
      });
      result.label = `qrgate, ${seats} waiting in ${SERVERS} processes`;
      return result;
    });
    const few = await push(FEW);
    const all = await push(ALL);
    const compared = (percentile, atMost) => ratio(`push ${percentile}`, ms(latency(all, 'push', percentile)), ms(latency(few, 'push', percentile)),
      { atMost, unit: 'ms', peer_name: `${FEW} waiting` });
    return verdict('W', [
      figure('browsers waiting', all.counts.seats, { atLeast: ALL }), compared('p50', 1.1), compared('p99', 1.5),
      figure('pushes that failed', all.counts.failed, { atMost: 0 }),
    ], [`${SERVERS} processes, ${RATE} pushes a second`]);
  },
};
