// Starts the qrgate that QRGATE_BINARY names and runs the outside client against it twice in a row.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Server } from '../support/server.mjs';

const client = fileURLToPath(new URL('main.mjs', import.meta.url));
const server = await Server.start();
let status = 0;
for (const time of ['first', 'second']) {
  if (status !== 0) break;
  console.log(`== ${time} run`);
  const [code] = await once(spawn(process.execPath, [client, server.origin], { stdio: 'inherit' }), 'exit');
  status = code ?? 1;
}
if (status !== 0) console.log(`== log of the server\n${server.log}`);
const ended = await server.stop();
if (ended !== 0) console.log(`== the server ended with ${ended}`);
process.exitCode = status || (ended === 0 ? 0 : 1);
