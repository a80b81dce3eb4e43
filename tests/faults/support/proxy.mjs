// A TCP (or unix socket) proxy that behaves as a bad network does. What it does next is drawn from a seed, so that a run
// can be had again.
import { once } from 'node:events';
import net from 'node:net';

// mulberry32: a small generator, good enough to choose where to cut.
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

// TCP says RST; a unix socket has only its end.
function broken(socket) {
  if (socket.remotePort === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

export class Proxy {
  // How each kind of network treats one connection's octets towards the client. `pass` is a good network.
  static KINDS = ['pass', 'delay', 'cut', 'reset', 'deaf'];
  kind = 'pass';
  counts = { delay: 0, cut: 0, reset: 0, deaf: 0 };
  #pairs = new Set();

  // `target`: where to connect to (port or path); `at`: where to listen ({port: 0} or {path}).
  static async start(target, at = { port: 0, host: '127.0.0.1' }, { seed = 1, delay_ms = 300, spare = 0.5 } = {}) {
    const proxy = new Proxy();
    Object.assign(proxy, { target, delay_ms, spare, random: seeded(seed) });
    proxy.listener = net.createServer((client) => proxy.#join(client)).listen(at);
    await once(proxy.listener, 'listening');
    return proxy;
  }

  get port() {
    return this.listener.address().port;
  }

  #join(client) {
    const server = net.connect(this.target);
    const pair = { client, server };
    this.#pairs.add(pair);
    for (const [one, other] of [[client, server], [server, client]]) {
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
    client.on('data', (part) => this.#carry(part, client, server, false, pair));
    server.on('data', (part) => this.#carry(part, server, client, true, pair));
  }

  #carry(part, from, to, is_answer, pair) {
    const kind = this.kind;
    if (kind === 'delay') return this.#late(part, from, to);
    // The harm is done to answers: what was asked has been heard, and nobody knows what became of it.
    const harmed = kind !== 'pass' && is_answer && this.random() >= this.spare;
    if (!harmed) return void to.write(part);
    this.counts[kind] += 1;
    if (kind === 'cut') {
      to.write(part.subarray(0, Math.floor(this.random() * part.length)));
      to.end();
      from.destroy();
    }
    if (kind === 'reset') {
      for (const end of [to, from]) broken(end);
    }
    if (kind === 'deaf') from.pause(); // and stays so until the network is changed
    return undefined;
  }

  #late(part, from, to) {
    this.counts.delay += 1;
    from.pause();
    setTimeout(() => {
      to.write(part);
      from.resume();
    }, this.random() * this.delay_ms);
  }

  // `heal`: connections that hang are broken, as a network does when it comes back.
  become(kind) {
    this.kind = kind;
    if (kind !== 'pass') return;
    for (const { client, server } of this.#pairs) if (server.isPaused() || client.isPaused()) server.destroy();
  }

  async stop() {
    this.listener.close();
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    await once(this.listener, 'close');
  }
}
