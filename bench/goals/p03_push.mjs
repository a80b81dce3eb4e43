// P3: bare push, qrgate and nginx + nchan in turn, the same client; a full run has node's ws once beside them for the plot.
import * as nginx from '../peers/nginx.mjs';
import * as ws from '../peers/ws.mjs';
import { withPeer, withServer } from '../servers.mjs';
import { median, range, ratio, shown, verdict } from './judge.mjs';
import { inTurn, latency, needed, repeat } from './run.mjs';

const NCHAN = 'nginx + nchan';
const RATE = 500;

function load(run) {
  return { rate: RATE, seats: run.pick(1000, 10_000), seconds: run.pick(4, 10), warmup: run.pick(1, 2), sources: 20 };
}

const peerPush = (run, name, kind) => (peer) => run.bench(name, 'push', {
  peer: kind, subscribe: peer.subscribe, publish: peer.publish, 'server-pid': peer.pid, ...load(run),
});

const figuresOf = (result) => ({
  p50: latency(result, 'push', 'p50') / 1000, p99: latency(result, 'push', 'p99') / 1000, cpu: needed(result, 'figures', 'cpu_us_per_push_net'),
});

async function pair(run, installed, n, of) {
  run.say(`pair ${n + 1} of ${of}: qrgate and ${NCHAN}`);
  const product = () => withServer({}, (server) => run.bench('product', 'push', { url: server.url, 'server-pid': server.pid, ...load(run) }));
  const peer = () => withPeer(() => nginx.startNchan(installed), peerPush(run, NCHAN, 'nchan'));
  const found = await inTurn(n, product, peer);
  return { product: figuresOf(found.product), peer: figuresOf(found.peer) };
}

async function besideIt(run) {
  run.peer('node ws', (await ws.install()).version);
  const { p50, cpu } = figuresOf(await withPeer(ws.start, peerPush(run, 'node ws', 'ws')));
  return `node ws p50 ${shown(p50, 'ms')}, ${shown(cpu, 'µs')}`;
}

export const goal = {
  id: 'P3',
  title: 'bare push',
  goal: 'against nginx + nchan, one worker each: p50 ≤ 0.9 ×, p99 ≤ 1.1 ×, CPU per push ≤ 0.85 ×',
  async measure(run) {
    const installed = await nginx.install();
    run.peer(NCHAN, installed.version);
    const count = run.pick(2, 5);
    const pairs = await repeat(count, (n) => pair(run, installed, n, count));
    const orientation = run.quick ? 'node ws: in a full run only' : await besideIt(run);
    const compared = (what, name, atMost, unit) => ratio(what, median(pairs.map(({ product }) => product[name])),
      median(pairs.map(({ peer }) => peer[name])), { atMost, unit, peer_name: NCHAN });
    const [least, most] = range(pairs.map(({ product, peer }) => product.p50 / peer.p50));
    return verdict('P3', [
      compared('push p50', 'p50', 0.9, 'ms'), compared('p99', 'p99', 1.1, 'ms'), compared('CPU per push', 'cpu', 0.85, 'µs'),
    ], [`median of ${count} pairs, p50 ratios from ${shown(least)} to ${shown(most)}`, orientation, 'CPU without what waiting alone costs each']);
  },
};
