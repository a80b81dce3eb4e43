// P2: from a confirm to `confirmed` at the browser, against its three parts measured alone at the same rate. Scans,
// passphrases and signatures are made before the clock begins; redeems come after it.
// One busy tenth of a second makes the p99 of a few seconds: a full run has three rounds and takes the middle one.
import { withServer } from '../servers.mjs';
import { figure, median, range, ratio, shown, verdict } from './judge.mjs';
import { importPeople } from './people.mjs';
import { latency, repeat } from './run.mjs';

const RATE = 200;
const WAITING = 10_000;
const PEOPLE = 500;
const PARTS = ['signature', 'confirm', 'push'];
const ms = (us) => us / 1000;

const waitingOf = (run) => run.pick(2000, WAITING);

async function measureAt(run, server) {
  const people = await importPeople(server, PEOPLE);
  const waiting = waitingOf(run);
  const common = { rate: RATE, seconds: run.pick(4, 6), warmup: 1 };
  const at = { url: server.url, 'server-pid': server.pid, sources: 20 };
  const parts = {};
  for (const part of ['signature', 'confirm']) {
    run.say(`${part} alone, ${RATE} a second`);
    parts[part] = await run.bench('product', `parts ${part}`, common);
  }
  run.say(`bare pushes alone, ${RATE} a second, ${waiting} browsers wait`);
  parts.push = await run.bench('product', 'push', { ...at, ...common, seats: waiting });
  run.say(`confirms signed before, ${RATE} a second, ${waiting} more browsers wait`);
  const whole = await run.bench('product', 'login qr', { ...at, ...common, people, waiting, prepared: true });
  const sum = (percentile) => ms(PARTS.reduce((all, part) => all + latency(parts[part], part, percentile), 0));
  const took = (percentile) => ms(latency(whole, 'confirm_to_confirmed', percentile));
  return {
    whole: { p50: took('p50'), p99: took('p99') }, sum: { p50: sum('p50'), p99: sum('p99') },
    answered: { p50: ms(latency(whole, 'confirm', 'p50')), p99: ms(latency(whole, 'confirm', 'p99')) },
    confirmed: whole.counts.confirmed, failed: whole.counts.failed + whole.counts.late,
  };
}

export const goal = {
  id: 'P2',
  title: 'confirm to confirmed',
  goal: 'p50 ≤ 1.3 × the sum of its parts (signature, confirm statement, bare push), p99 ≤ 2 × the sum of their p99; 200/s, 10 000 waiting',
  async measure(run) {
    const count = run.pick(1, 3);
    const rounds = await repeat(count, () => withServer({}, (server) => measureAt(run, server)));
    const peer_name = 'the sum of the parts';
    const middle = (of, percentile) => median(rounds.map((round) => round[of][percentile]));
    const total = (of) => rounds.reduce((all, round) => all + round[of], 0);
    const compared = (percentile, atMost) => ratio(percentile, middle('whole', percentile), middle('sum', percentile), { atMost, unit: 'ms', peer_name });
    const apart = (percentile) => range(rounds.map(({ whole, sum }) => whole[percentile] / sum[percentile])).map((value) => shown(value)).join(' to ');
    return verdict('P2', [compared('p50', 1.3), compared('p99', 2), figure('failed', total('failed'), { atMost: 0 })], [
      `${RATE}/s, ${waitingOf(run)} waiting`, `${total('confirmed')} confirmed`,
      `median of ${count}, p50 ratios from ${apart('p50')}, p99 from ${apart('p99')}`,
      `answered p50 ${shown(middle('answered', 'p50'), 'ms')}, p99 ${shown(middle('answered', 'p99'), 'ms')}`]);
  },
};
