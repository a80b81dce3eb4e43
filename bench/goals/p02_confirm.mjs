// P2: from a confirm to `confirmed` at the browser, against its three parts measured alone at the same rate. Scans,
// passphrases and signatures are made before the clock begins; redeems come after it.
import { withServer } from '../servers.mjs';
import { figure, ratio, shown, verdict } from './judge.mjs';
import { importPeople } from './people.mjs';
import { latency } from './run.mjs';

const RATE = 200;
const WAITING = 10_000;
const PEOPLE = 500;
const PARTS = ['signature', 'confirm', 'push'];
const ms = (us) => us / 1000;

async function measureAt(run, server) {
  const people = await importPeople(server, PEOPLE);
  const waiting = run.pick(2000, WAITING);
  const common = { rate: RATE, seconds: run.pick(4, 20), warmup: run.pick(1, 3) };
  const at = { url: server.url, 'server-pid': server.pid, sources: 20 };
  const parts = {};
  for (const part of ['signature', 'confirm']) {
    run.say(`${part} alone, ${RATE} a second`);
    parts[part] = await run.bench('product', `parts ${part}`, common);
  }
  run.say(`bare pushes alone, ${RATE} a second, ${waiting} browsers wait`);
  parts.push = await run.bench('product', 'push', { ...at, ...common, seats: waiting });
  run.say(`confirms signed before, ${RATE} a second, ${waiting} more browsers wait`);
  return { parts, whole: await run.bench('product', 'login qr', { ...at, ...common, people, waiting, prepared: true }), waiting };
}

export const goal = {
  id: 'P2',
  title: 'confirm to confirmed',
  goal: 'p50 ≤ 1.3 × the sum of its parts (signature, confirm statement, bare push), p99 ≤ 2 × the sum of their p99; 200/s, 10 000 waiting',
  async measure(run) {
    const { parts, whole, waiting } = await withServer({}, (server) => measureAt(run, server));
    const sum = (percentile) => PARTS.reduce((all, part) => all + latency(parts[part], part, percentile), 0);
    const took = (percentile) => ms(latency(whole, 'confirm_to_confirmed', percentile));
    const peer_name = 'the sum of the parts';
    return verdict('P2', [
      ratio('p50', took('p50'), ms(sum('p50')), { atMost: 1.3, unit: 'ms', peer_name }),
      ratio('p99', took('p99'), ms(sum('p99')), { atMost: 2, unit: 'ms', peer_name }),
      figure('failed', whole.counts.failed + whole.counts.late, { atMost: 0 }),
    ], [`${RATE}/s, ${waiting} waiting`, `${whole.counts.confirmed} confirmed`,
      `answered p50 ${shown(ms(latency(whole, 'confirm', 'p50')), 'ms')}, p99 ${shown(ms(latency(whole, 'confirm', 'p99')), 'ms')}`]);
  },
};
