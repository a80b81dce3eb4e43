// A crowd in a process of its own, because a process has so many descriptors and no more.
//   node crowd_process.mjs PORT ORIGIN COUNT FIRST
// Says `open N` when all are connected, and drops them when its input ends.
import { once } from 'node:events';
import { crowd, drop } from './crowd.mjs';

const [port, origin, count, first] = process.argv.slice(2);
const sockets = await crowd(Number(port), origin, Number(count), Number(first));
console.log(`open ${sockets.filter((socket) => !socket.destroyed).length}`);
process.stdin.resume();
await once(process.stdin, 'end');
drop(sockets);
process.exit(0);
