// The PostgreSQL behind a server under test: asked, told, and found among the processes.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROGRAMS = '/usr/lib/postgresql/15/bin';
const psql = existsSync(`${PROGRAMS}/psql`) ? `${PROGRAMS}/psql` : 'psql';

// Rows of texts. `at`: a libpq connection string.
export async function ask(at, sql) {
  const { stdout } = await run(psql, ['-XAtq', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-d', at, '-c', sql],
    { maxBuffer: 64 * 1024 * 1024, timeout: 20_000 });
  return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
}

// The one that this server owns.
export async function addressOf(server) {
  return fs.readFile(path.join(server.data, 'postgresql/.owner.lock'), 'utf8');
}
export const askServers = async (server, sql) => ask(await addressOf(server), sql);

// What earlier tests used up counts against nobody: outside the demo a person may scan 60 codes in 10 minutes.
export const freshBudgets = (at) => ask(at, 'DELETE FROM budget');

export async function postmasterOf(data) {
  return Number((await fs.readFile(path.join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

// The postmaster and its children.
export async function processesOf(data) {
  const postmaster = await postmasterOf(data);
  const children = (await fs.readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')).trim();
  return [postmaster, ...children.split(' ').filter(Boolean).map(Number)];
}

export const dataOf = (server) => path.join(server.data, 'postgresql/data');

// One connection of somebody else's: takes a place among max_connections and can say one thing. The frontend's
// protocol 3.0, trusted, no answer looked at beyond "ready" or "refused".
export class Squatter {
  // undefined: PostgreSQL had no place (or was not there).
  static async open(socket_file) {
    const socket = net.connect(socket_file);
    socket.on('error', () => {});
    const words = Buffer.from('user\0qrgate\0database\0postgres\0\0');
    const head = Buffer.alloc(8);
    head.writeInt32BE(words.length + 8, 0);
    head.writeInt32BE(196_608, 4);
    socket.write(Buffer.concat([head, words]));
    const first = await new Promise((resolve) => {
      socket.once('data', (part) => resolve(String.fromCharCode(part[0])));
      socket.once('close', () => resolve(''));
    });
    if (first !== 'R') {
      socket.destroy();
      return undefined;
    }
    socket.resume();
    return new Squatter(socket);
  }

  constructor(socket) {
    this.socket = socket;
  }

  say(sql) {
    const text = Buffer.from(`${sql}\0`);
    const head = Buffer.alloc(5);
    head.write('Q');
    head.writeInt32BE(text.length + 4, 1);
    this.socket.write(Buffer.concat([head, text]));
  }

  close() {
    this.socket.destroy();
  }
}
