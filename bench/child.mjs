// A server process for the length of a measurement: own temporary folder, ports that were free, ended by its id.
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const POLL_MS = 20;
const STOPPED_WITHIN_MS = 30_000;
const KEPT_LOG = 20_000;
const running = new Set();

// Held together until all are known, so that they differ.
export async function freePorts(count) {
  const holders = await Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
    const holder = net.createServer().once('error', reject).listen(0, '127.0.0.1', () => resolve(holder));
  })));
  const ports = holders.map((holder) => holder.address().port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}

// 0711: PostgreSQL runs as another user when we are root, and must find its own folder in here.
export async function temporaryFolder(name) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), `qrgate-bench-${name}-`));
  await fs.chmod(folder, 0o711);
  return folder;
}

export function environment(more = {}) {
  const env = { ...process.env };
  // A server refuses QRGATE_ names that it does not know.
  for (const name of Object.keys(env)) if (name.startsWith('QRGATE_')) delete env[name];
  return { ...env, ...more };
}

export class Child {
  #child;
  #exited;
  #how;
  log = '';

  constructor(program, words, options = {}) {
    this.name = path.basename(program);
    this.#child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], ...options, env: environment(options.env) });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (part) => { this.log = (this.log + part).slice(-KEPT_LOG); });
    }
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) => resolve(signal ?? code));
    });
    this.#exited.then((how) => { this.#how = how; running.delete(this); });
    running.add(this);
  }

  get pid() {
    return this.#child.pid;
  }

  get exited() {
    return this.#exited;
  }

  // Until `look` says true. Throws with its log when it ends first or takes too long.
  async ready(look, within_ms = 60_000) {
    for (const end = Date.now() + within_ms; Date.now() < end;) {
      if (this.#how !== undefined) throw new Error(`${this.name} ended (${this.#how}): ${this.lastWords()}`);
      if (await look().catch(() => false)) return this;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`${this.name} was not ready after ${within_ms / 1000} s: ${this.lastWords()}`);
  }

  lastWords() {
    return this.log.trim().split('\n').slice(-3).join(' | ');
  }

  async stop(signal = 'SIGTERM') {
    if (this.#how !== undefined || !this.pid) return this.#how;
    this.#child.kill(signal);
    const bell = setTimeout(() => this.#child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    const how = await this.#exited;
    clearTimeout(bell);
    return how;
  }
}

// For the end of a run that was interrupted: every child that is still there.
export async function stopAll() {
  await Promise.all([...running].map((child) => child.stop()));
}

export function answers(url, status = 200) {
  return async () => {
    const answer = await fetch(url, { redirect: 'manual' });
    await answer.arrayBuffer();
    return answer.status === status;
  };
}

// The user to whom root gives a server away; undefined when we are not root.
export const isRoot = process.getuid?.() === 0;

// The children of a process, by /proc: nginx's worker below its master.
export async function childrenOf(pid) {
  const text = await fs.readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}
