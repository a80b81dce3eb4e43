// The waiting browser: its WebSocket and what the server says on it (docs/protocol.md section 4).
import WebSocket from 'ws';

const WAIT_MS = 10_000;

export class Waiting {
  #arrived = [];
  #wanted = [];
  #last_seq = 0;

  // Resolves when the upgrade was accepted; rejects with `upgrade refused: <status>`.
  static open(browser, { origin = browser.origin, cookie = browser.cookie, query = '', more = {} } = {}) {
    const headers = { ...(cookie ? { cookie } : {}), ...(origin ? { origin } : {}), ...more };
    const socket = new WebSocket(browser.base.replace(/^http/, 'ws') + '/ws/qr' + query, 'qrgate.v1', { headers });
    const waiting = new Waiting(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(waiting));
      socket.once('unexpected-response', (_, response) => {
        response.resume();
        reject(new Error(`upgrade refused: ${response.statusCode}`));
        socket.terminate();
      });
      socket.once('error', reject);
    });
  }

  constructor(socket) {
    this.socket = socket;
    socket.on('message', (data, binary) => this.#add({ frame: data.toString('utf8'), binary }));
    socket.on('close', (code) => this.#add({ closed: code }));
    socket.on('error', () => {}); // 'close' follows
  }

  #add(event) {
    const next = this.#wanted.shift();
    if (next) next(event);
    else this.#arrived.push(event);
  }

  #next() {
    if (this.#arrived.length) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing on the socket for ${WAIT_MS / 1000} s`)), WAIT_MS);
      this.#wanted.push((event) => {
        clearTimeout(timer);
        resolve(event);
      });
    });
  }

  // The next message; it must be of this type, with a `seq` that grows, and have no other keys than these.
  async message(type, keys = []) {
    const event = await this.#next();
    if ('closed' in event) throw new Error(`closed with ${event.closed} instead of ${type}`);
    if (event.binary) throw new Error('a binary frame');
    const message = JSON.parse(event.frame);
    if (message.type !== type) throw new Error(`${event.frame} instead of ${type}`);
    const unknown = Object.keys(message).filter((key) => !['type', 'seq', ...keys].includes(key));
    if (unknown.length) throw new Error(`${type} says too much: ${unknown}`);
    if (!Number.isInteger(message.seq) || message.seq <= this.#last_seq) {
      throw new Error(`seq ${message.seq} after ${this.#last_seq}`);
    }
    this.#last_seq = message.seq;
    return message;
  }

  code() {
    return this.message('code', ['url', 'token', 'short_code', 'expires_in']);
  }

  // The close code; messages before it are passed over.
  async closed() {
    for (;;) {
      const event = await this.#next();
      if ('closed' in event) return event.closed;
    }
  }

  close() {
    this.socket.terminate();
  }
}
