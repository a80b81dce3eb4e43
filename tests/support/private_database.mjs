// The PostgreSQL that a server under test owns: where it is, what is in it, and its processes.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// Rows of texts. `at`: a libpq connection string. Rejects with what PostgreSQL said.
export async function ask(at, sql) {
  const { stdout } = await run('psql', ['-XAtq', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-d', at, '-c', sql],
    { maxBuffer: 64 * 1024 * 1024, timeout: 20_000 });
  return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
}

// The connection string of its owner, which is the cluster's superuser.
export async function addressOf(server) {
  return (await fs.readFile(path.join(server.data, 'postgresql/.owner.lock'), 'utf8')).trim();
}
export const askServers = async (server, sql) => ask(await addressOf(server), sql);

// The whole database as INSERTs.
export async function dumpOf(server) {
  return (await run('pg_dump', ['--inserts', '-d', await addressOf(server)], { maxBuffer: 2 ** 28 })).stdout;
}

export const dataOf = (server) => path.join(server.data, 'postgresql/data');

export async function postmasterOf(data) {
  return Number((await fs.readFile(path.join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

// The postmaster and its children.
export async function processesOf(data) {
  const postmaster = await postmasterOf(data);
  const children = (await fs.readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')).trim();
  return [postmaster, ...children.split(' ').filter(Boolean).map(Number)];
}
