// W: 100 000 browsers wait at once, over several server processes on one database; the same pushes to few and to all. A
// machine that is busy elsewhere for a tenth of a second makes the p99 of fifteen seconds: so it is that of several
// rounds, in the middle of them.
import { figure, median, range, ratio, shown, verdict } from './judge.mjs';
import { latency } from './run.mjs';
import { withServers } from './several.mjs';

const SERVERS = 6;
const CLIENTS = 7; // processes, for both: who is woken more seldom is slower
const FEW = 6000;
const ALL = 100_000;
const RATE = 500;
const ROUNDS = 5;
const SETTLE = 45; // then all have had a second code or are about to: codes turn as they do all the time
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
        url: servers.map(({ url }) => url), 'server-pid': servers.map(({ pid }) => pid), seats, 'open-rate': 4000, rate: RATE, rounds: ROUNDS, settle: run.pick(0, SETTLE), processes: CLIENTS, seconds: run.pick(2, 5), warmup: 1, sources: 100,
      });
      result.label = `qrgate, ${seats} waiting in ${SERVERS} processes`;
      return result;
    });
    const few = await push(FEW);
    const all = await push(ALL);
    const each = (result, percentile) => Array.from({ length: ROUNDS }, (_, n) => ms(latency(result, `push_${n + 1}`, percentile)));
    const compared = (percentile, atMost) => ratio(`push ${percentile}`, median(each(all, percentile)), median(each(few, percentile)),
      { atMost, unit: 'ms', peer_name: `${FEW} waiting` });
    const spread = (result) => range(each(result, 'p99')).map((value) => shown(value, 'ms')).join(' to ');
    return verdict('W', [
      figure('browsers waiting', all.counts.seats, { atLeast: ALL }), compared('p50', 1.1), compared('p99', 1.5),
      figure('pushes that failed', all.counts.failed, { atMost: 0 }),
    ], [`${SERVERS} processes, ${RATE} pushes a second`,
      `median of ${ROUNDS} rounds, p99 from ${spread(few)} and from ${spread(all)}`]);
  },
};
