// P8: what one whole QR login costs the server, in SM2 verifications, and that waiting browsers do not change it.
import { withServer } from '../servers.mjs';
import { figure, ratio, same, verdict } from './judge.mjs';
import { importPeople } from './people.mjs';
import { needed } from './run.mjs';

const RATE = 100;
const PEOPLE = 300;
const FEW = 1000;
const MANY = 15_500; // beside up to 2301 browsers that log in: 18 000 together, what a process of 20 000 descriptors holds

// Each number on a server of its own: memory and tables of the one before would count.
const cost = (run, waiting) => withServer({}, async (server) => {
  const people = await importPeople(server, PEOPLE);
  run.say(`${RATE} logins a second, ${waiting} browsers wait`);
  const result = await run.bench('product', 'login qr', {
    url: server.url, 'server-pid': server.pid, people, rate: RATE, waiting, seconds: run.pick(4, 20), warmup: run.pick(1, 3), sources: 20,
  });
  result.label = `qrgate, ${waiting} waiting`;
  return { cpu: needed(result, 'figures', 'cpu_us_per_login_without_waiting'), failed: result.counts.failed };
});

export const goal = {
  id: 'P8',
  title: 'one whole QR login',
  goal: 'server CPU ≤ 2 × one SM2 verification; 1 000 and 18 000 waiting (of these 15 500 do nothing else) apart by ≤ 5 %',
  async measure(run) {
    // Flat out, its thread does nothing else: the time of one is what it costs.
    const flat = await run.bench('one SM2 verification', 'parts signature', { seconds: run.pick(2, 5), warmup: 1 });
    const sm2 = 1e6 / needed(flat, 'figures', 'signature_per_s');
    const few = await cost(run, FEW);
    const many = await cost(run, run.pick(4000, MANY));
    return verdict('P8', [
      ratio('CPU for a login', few.cpu, sm2, { atMost: 2, unit: 'µs', peer_name: 'one SM2 verification' }),
      same(`CPU for a login with ${FEW} waiting`, few.cpu, many.cpu, { within: 0.05, unit: 'µs', peer_name: `${run.pick(4000, MANY)} waiting` }),
      figure('failed', few.failed + many.failed, { atMost: 0 }),
    ], ['what waiting alone costs (codes, pings) is taken off']);
  },
};
