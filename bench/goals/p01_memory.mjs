// P1: user-space bytes for each waiting browser, in one process and over eleven.
import { memoryOf, withServer } from '../servers.mjs';
import { figure, same, shown, verdict } from './judge.mjs';
import { peerMemory } from './peer_memory.mjs';
import { needed } from './run.mjs';
import { withServers } from './several.mjs';

const FEW = 2000;
const MANY = 18_000;
const UWEBSOCKETS = 256; // an empty socket without state; quoted (docs/benchmarks/README.md)
const WIDE = { servers: 11, seats: 200_000 };

// The sub-command looks at the processes at both numbers and between, after every code rotated twice and half of the
// browsers were replaced.
const waiting = (run, at, load) => run.bench('product', 'waiting', { ...at, sources: 50, ...load });

async function inOneProcess(run) {
  return withServer({}, async (server) => {
    const { private_bytes } = await memoryOf(server.pid);
    run.point('memory', { who: 'qrgate', waiting: 0, private_bytes });
    const result = await waiting(run, { url: server.url, 'server-pid': server.pid }, {
      from: FEW, seats: run.pick(10_000, MANY), clock: true, seconds: run.pick(2, 10), settle: run.pick(1, 3),
    });
    for (const [name, bytes] of Object.entries(result.figures)) {
      const [, at] = /^memory_at_(\d+)$/.exec(name) ?? [];
      if (at) run.point('memory', { who: 'qrgate', waiting: Number(at), private_bytes: bytes });
    }
    return { bytes: needed(result, 'figures', 'bytes_per_seat'), clean: needed(result, 'figures', 'clean_file_bytes_per_seat') };
  });
}

async function overEleven(run) {
  return withServers(WIDE.servers, async (servers) => {
    const at = { url: servers.map(({ url }) => url), 'server-pid': servers.map(({ pid }) => pid) };
    // Eleven servers and their clients share the cores: 100 000 who leave are noticed in some ten seconds. Whom a server
    // notices only after its clock moved would keep a seat beside the one who came instead.
    const result = await waiting(run, at, { from: FEW * WIDE.servers, seats: WIDE.seats, rate: 4000, steps: 1, clock: true, seconds: 0, settle: 10 });
    return needed(result, 'figures', 'bytes_per_seat');
  }, { demo: true, apart: true }); // the demo's clock can be moved, and is of one process
}

export const goal = {
  id: 'P1',
  title: 'memory of a waiting browser',
  goal: '≤ 160 bytes of user space each, ticket and context included (uWebSockets: 256 for an empty socket); the same ± 10 % over 11 processes and 200 000 seats',
  async measure(run) {
    const { bytes, clean } = await inOneProcess(run);
    const checks = [figure('bytes for a waiting browser', bytes, { atMost: 160, peer: UWEBSOCKETS, peer_name: 'uWebSockets (quoted)' })];
    const beside = [`not counted: pages of libraries that no other process had loaded just then, ${shown(clean)} bytes each`];
    if (run.quick) return verdict('P1', checks, [...beside, 'the peers and 11 processes: in a full run only']);
    beside.push(...await peerMemory(run, FEW, MANY));
    run.say(`${WIDE.seats} seats in ${WIDE.servers} processes`);
    checks.push(same('in one process', bytes, await overEleven(run), { within: 0.1, unit: 'B', peer_name: `${WIDE.servers} processes, ${WIDE.seats} seats` }));
    return verdict('P1', checks, beside);
  },
};
