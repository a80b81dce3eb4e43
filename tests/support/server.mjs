// One qrgate in demo mode with its own ports and its own data folder, for the length of a test file.
// The binary is QRGATE_BINARY. Stopped by its process id; what it wrote is thrown away.
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { answerCaptcha, Demo } from '../outside_client/demo.mjs';
import { freePorts } from './ports.mjs';

const READY_WITHIN_MS = 60_000; // the first start makes a database cluster, perhaps beside a busy build
const STOPPED_WITHIN_MS = 30_000; // it drains for up to 10 s, its database stops for up to 15 s
const POLL_MS = 50;

// What a qrgate is started with: without what is ours, as it refuses settings that it does not know.
export function environment(settings = {}) {
  const env = { ...process.env, ...settings };
  for (const ours of ['QRGATE_BINARY', 'QRGATE_CHROMIUM', 'QRGATE_PICTURES', 'QRGATE_LONG']) delete env[ours];
  return env;
}

export class Server {
  #child;
  #exited;
  #log = '';

  // `options`: more words behind `serve --demo`; or {words, settings, prepare}: other words, settings by environment,
  // and what is to happen to the data folder before the first start.
  static async start(binary = process.env.QRGATE_BINARY, options = []) {
    if (!binary) throw new Error('QRGATE_BINARY names no qrgate to test');
    const [port, admin_port] = await freePorts(2);
    const data = await fs.mkdtemp(path.join(os.tmpdir(), 'qrgate-test-'));
    await fs.chmod(data, 0o711); // PostgreSQL runs as another user when we are root, and must find its own folder in here
    const server = new Server(binary, port, admin_port, data, options);
    try {
      await options.prepare?.(data);
      await server.#run();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  constructor(binary, port, admin_port, data, options) {
    const { words = ['serve', '--demo'], settings } = Array.isArray(options) ? { words: ['serve', '--demo', ...options] } : options;
    Object.assign(this, { binary, port, admin_port, data, words, settings });
    this.origin = `http://localhost:${port}`;
  }

  get log() {
    return this.#log;
  }

  get process_id() {
    return this.#child?.pid;
  }

  // Resolves when the log holds the text (or matches) `times` times; what is logged is not waited for for ever.
  async logged(text, times = 1, within_ms = 30_000) {
    for (const until = Date.now() + within_ms; Date.now() < until;) {
      if (this.#log.split(text).length > times) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`not in the log: ${text}\n${this.#log}`);
  }

  async #run() {
    const settings = {
      QRGATE_SERVER_PUBLIC_ORIGIN: this.origin,
      QRGATE_SERVER_PORT: String(this.port),
      QRGATE_ADMIN_PORT: String(this.admin_port),
      QRGATE_DATA_FOLDER: this.data,
      ...this.settings,
    };
    const env = environment(settings);
    this.#child = spawn(this.binary, this.words, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#child.stdout.on('data', (part) => { this.#log += part; });
    this.#child.stderr.on('data', (part) => { this.#log += part; });
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) => resolve(signal ?? code));
    });
    await this.ready();
  }

  async ready() {
    let ended;
    this.#exited.then((how) => { ended = how; });
    for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until;) {
      if (ended !== undefined) throw new Error(`qrgate ended (${ended}) before it was ready:\n${this.#log}`);
      const answer = await fetch(`http://127.0.0.1:${this.admin_port}/readyz`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`qrgate was not ready after ${READY_WITHIN_MS / 1000} s:\n${this.#log}`);
  }

  // SIGTERM, then the exit code (or the signal that ended it). SIGKILL when it does not stop in time, and an error.
  async end(signal = 'SIGTERM') {
    if (!this.#child?.pid) return undefined;
    this.#child.kill(signal);
    let bell;
    const late = new Promise((resolve) => { bell = setTimeout(resolve, STOPPED_WITHIN_MS, 'late'); });
    const how = await Promise.race([this.#exited, late]);
    clearTimeout(bell);
    if (how === 'late') {
      this.#child.kill('SIGKILL');
      await this.#exited;
      throw new Error(`qrgate did not stop within ${STOPPED_WITHIN_MS / 1000} s of ${signal}:\n${this.#log}`);
    }
    return how;
  }

  // The same server again: same ports, same data. `signal` says how the first one goes.
  async restart(signal = 'SIGTERM') {
    const how = await this.end(signal);
    await this.#run();
    return how;
  }

  async stop() {
    try {
      return await this.end();
    } finally {
      this.#child = undefined;
      await fs.rm(this.data, { recursive: true, force: true });
    }
  }

  // Moves the demo clock, so that nothing has to be waited for.
  async advance(seconds) {
    await new Demo(this.origin).advance(seconds);
  }

  // The answer of a captcha, which the page shows as a picture.
  async captchaAnswer(id) {
    return (await answerCaptcha(this.origin, { json: { id } })).captcha;
  }
}
