// h2load with 2000 connections beside 5000 browsers that wait, twice. Rule: memory and descriptors stay on a level, and
// no 5xx but a 503 that sheds load.
import { metricSum } from '../support/metrics.mjs';
import { Server } from '../support/server.mjs';
import { until } from '../support/until.mjs';
import { people } from '../outside_client/demo.mjs';
import { crowd, drop } from '../faults/support/crowd.mjs';
import { Login, readyPhones } from '../faults/support/logins.mjs';
import { descriptors, resident_mib } from '../faults/support/process.mjs';
import { Report, tool, withServer } from './attack.mjs';

export const minutes = 3;
export const packages = ['nghttp2-client'];

const CONNECTIONS = 2000;
const REQUESTS = 20_000;
const WAITING = 5000;
const PLATEAU_MIB = 24;

export async function run() {
  const report = new Report('h2load');
  const server = await Server.start();
  await withServer(server, async () => {
    const [phone] = await readyPhones(server, [people.lin]);
    const at_first = await descriptors(server.process_id);
    const sockets = await crowd(server.port, server.origin, WAITING, 0, ['waiting']);
    const seats = await until('all seats', async () => {
      const taken = await metricSum(server, /^qrgate_waiting_seats/);
      return taken >= WAITING && taken;
    }, 60_000);
    const rounds = [];
    for (let round = 0; round < 3; round++) {
      const { output } = await tool('h2load', ['--h1', '-c', `${CONNECTIONS}`, '-n', `${REQUESTS}`, '-t', '1', `--connect-to=127.0.0.1:${server.port}`, `${server.origin}/login`], { within_s: 180 });
      const statuses = /status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(output)?.slice(1).map(Number) ?? [];
      const failed = Number(/(\d+) failed/.exec(output)?.[1] ?? NaN);
      const rate = /finished in [^,]*, ([\d.]+) req\/s/.exec(output)?.[1] ?? '?';
      await new Promise((resolve) => setTimeout(resolve, 1000));
      rounds.push({ statuses, failed, rate, mib: await resident_mib(server.process_id), descriptors: await descriptors(server.process_id) });
    }
    const began = Date.now();
    await new Login(server.origin, server.origin, phone).all();
    const login_ms = Date.now() - began;
    drop(sockets);
    const [, second, last] = rounds;
    const ok = rounds.every(({ statuses, failed }) => statuses.length === 4 && statuses[3] === 0 && statuses[0] > 0 && failed === 0) &&
      last.mib - second.mib < PLATEAU_MIB && last.descriptors - second.descriptors < 100;
    report.line(`${CONNECTIONS} connections beside ${WAITING} waiting browsers`, ok,
      rounds.map(({ statuses, failed, rate, mib, descriptors: open }) =>
        `${rate} requests/s, ${statuses[0]} × 2xx, ${statuses[3]} × 5xx, ${failed} failed, ${mib.toFixed(0)} MiB, ${open} descriptors`).join('; ') +
      `; ${seats} seats at the server when it began, ${at_first} descriptors before; a whole login then ${login_ms} ms`,
      'The tool shares this machine’s cores with the server; bench/run measures speed, this only that nothing breaks. Browsers that wait end after five minutes, so descriptors may fall on a busy machine.');
  });
  return report;
}
