// qrgate as it is measured: `serve --bench`, without captchas, on ports and a data folder of its own, with its own
// private PostgreSQL; or several of them on one database.
import fs from 'node:fs/promises';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { answers, Child, environment, freePorts, temporaryFolder } from './child.mjs';
import { QRGATE } from './paths.mjs';

const run = promisify(execFile);
// A process may hold 20 000 descriptors here: 18 000 seats, their phones, and the server's own.
const ROOMY = {
  'login.captcha': 'off', 'http.connections': '19500', 'http.connections_per_address': '1000000',
  'room.seats': '200000', 'room.seats_per_address': '200000', 'log.level': 'error',
};

const words = (settings) => Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);

export class Server {
  // `demo`: with the demo's people and its inbox. `settings`: over the roomy ones. `tls`: {certificate, key}.
  // `folder`: data of an earlier server, kept when this one stops. `beside`: another server whose database and keys are
  // shared; `node` is then this one's character.
  static async start({ demo = true, settings = {}, tls, folder, beside, node = 'a' } = {}) {
    const server = new Server();
    const [port, admin_port] = await freePorts(2);
    const data = folder ?? await temporaryFolder('qrgate');
    const scheme = tls ? 'https' : 'http';
    Object.assign(server, { port, admin_port, data, kept: folder !== undefined, url: `${scheme}://127.0.0.1:${port}` });
    const all = {
      ...ROOMY, 'server.public_origin': server.url, 'server.port': port, 'admin.port': admin_port, 'data.folder': data, node,
      ...(tls && { 'tls.certificate': tls.certificate, 'tls.key': tls.key }), ...settings,
    };
    try {
      if (beside) {
        all['database.url'] = await beside.databaseUrl();
        for (const shared of ['keys', 'ca']) await fs.cp(path.join(beside.data, shared), path.join(data, shared), { recursive: true });
      }
      const began = performance.now();
      server.child = new Child(QRGATE, ['serve', ...(demo ? ['--demo'] : []), '--bench', ...words(all)]);
      await server.child.ready(answers(`http://127.0.0.1:${admin_port}/readyz`));
      server.started_in_ms = performance.now() - began;
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get pid() {
    return this.child.pid;
  }

  // The private database of this server, as it tells operators' commands.
  async databaseUrl() {
    const url = await fs.readFile(path.join(this.data, 'postgresql/.owner.lock'), 'utf8');
    return url.replace(/\0+$/, '');
  }

  // What an operator types beside it.
  async command(...line) {
    const { stdout } = await run(QRGATE, ['--data', this.data, ...line], { maxBuffer: 64 << 20, env: environment() });
    return stdout;
  }

  async stop() {
    await this.child?.stop();
    if (!this.kept) await fs.rm(this.data, { recursive: true, force: true });
  }
}

// Runs `use` with a server that is stopped afterwards, however that ends.
export async function withServer(options, use) {
  const server = await Server.start(options);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

// The same for a peer: {install, start} of bench/peers.
export async function withPeer(start, use) {
  const peer = await start();
  try {
    return await use(peer);
  } finally {
    await peer.stop();
  }
}

// What bench/server_process.hpp counts as a process's own (everything it can keep something in, and no unchanged pages of
// programs and libraries), and its resident size.
export async function memoryOf(pid) {
  const mappings = (await fs.readFile(`/proc/${pid}/smaps`, 'utf8')).split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const own = { private_bytes: 0, resident_bytes: 0 };
  for (const text of mappings) {
    const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
    const writable = /^\S+ .w/.test(text);
    own.private_bytes += bytes(writable ? 'Rss' : 'Anonymous') + bytes('Swap');
    own.resident_bytes += bytes('Rss');
  }
  return own;
}
