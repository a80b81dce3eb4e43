// What a waiting subscriber costs the push peers, for the plot and as a note beside P1: one process each, looked at while
// few and while many wait. Their pushes are a trickle, and their latencies are not kept.
import * as nginx from '../peers/nginx.mjs';
import * as ws from '../peers/ws.mjs';
import { memoryOf, withPeer } from '../servers.mjs';
import { shown } from './judge.mjs';
import { Run } from './run.mjs';

const LOOK_EVERY_MS = 250;

// The most that the process held while `work` went on.
async function mostDuring(pid, work) {
  let most = 0;
  let over = false;
  const looking = (async () => {
    while (!over) {
      most = Math.max(most, (await memoryOf(pid)).private_bytes);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  })();
  await work.finally(() => { over = true; });
  await looking;
  return most;
}

async function bytesAt(start, kind, seats) {
  return withPeer(start, (peer) => mostDuring(peer.pid, new Run().bench(kind, 'push', {
    peer: kind, subscribe: peer.subscribe, publish: peer.publish, 'server-pid': peer.pid, seats, rate: 10, seconds: 2, warmup: 1, sources: 50,
  })));
}

// → a note for each peer; one that is not to be had is a note too.
export async function peerMemory(run, few, many) {
  const peers = [
    ['nginx + nchan', 'nchan', async () => { const installed = await nginx.install(); return () => nginx.startNchan(installed); }],
    ['node ws', 'ws', async () => ws.start],
  ];
  const notes = [];
  for (const [who, kind, prepare] of peers) {
    try {
      const start = await prepare();
      const bytes = [];
      for (const waiting of [few, many]) {
        run.say(`${who}: ${waiting} wait`);
        bytes.push(await bytesAt(start, kind, waiting));
        run.point('memory', { who, waiting, private_bytes: bytes.at(-1) });
      }
      notes.push(`${who} ${shown((bytes[1] - bytes[0]) / (many - few))} bytes each`);
    } catch (error) {
      notes.push(`${who} not measured: ${error.message}`);
    }
  }
  return notes;
}
