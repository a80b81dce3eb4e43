// node and its `ws` package as a push peer, spoken to as nchan is: a WebSocket to /sub/ID, a POST to /pub/ID.
import { createRequire } from 'node:module';
import path from 'node:path';
import { answers, Child, freePorts } from '../child.mjs';
import { TOP } from '../paths.mjs';

export async function install() {
  const { version } = createRequire(import.meta.url)('ws/package.json');
  return { version: `node ${process.versions.node}, ws ${version}` };
}

export async function start() {
  const [port] = await freePorts(1);
  const child = new Child(process.execPath, [path.join(TOP, 'bench/peers/ws_server.mjs'), String(port)]);
  await child.ready(answers(`http://127.0.0.1:${port}/ready`));
  return {
    pid: child.pid, port, url: `http://127.0.0.1:${port}`,
    subscribe: `ws://127.0.0.1:${port}/sub/{id}`, publish: `http://127.0.0.1:${port}/pub/{id}`,
    stop: () => child.stop(),
  };
}
