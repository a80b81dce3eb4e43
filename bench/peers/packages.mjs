// Debian's packages of a peer, unpacked into build/peers instead of installed: no root, no service of Debian's is ever
// started, and nothing is left on the machine but that folder. A program that the system has already is used as it is.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { TOP } from '../paths.mjs';

const run = promisify(execFile);
const DOWNLOAD_WITHIN_MS = 120_000;
const DONE = '.complete'; // written last: a folder without it was interrupted

export class NotToBeHad extends Error {}

// The packages that apt would install for these, with what they depend on and the system lacks.
async function missing(packages) {
  const { stdout } = await run('apt-get', ['install', '--simulate', '--no-install-recommends', ...packages],
    { env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 16 << 20 });
  return [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
}

async function fetchAndUnpack(folder, packages) {
  await fs.rm(folder, { recursive: true, force: true });
  const store = path.join(folder, 'packages');
  await fs.mkdir(store, { recursive: true });
  const limits = { cwd: store, timeout: DOWNLOAD_WITHIN_MS, maxBuffer: 16 << 20 };
  const names = [...new Set([...await missing(packages), ...packages])];
  await run('apt-get', ['download', ...names], limits);
  for (const file of await fs.readdir(store)) {
    await run('dpkg-deb', ['--extract', file, folder], limits);
  }
  await fs.rm(store, { recursive: true });
  await fs.writeFile(path.join(folder, DONE), `${names.join('\n')}\n`);
}

// The folder that holds what these packages put on a machine (usr/sbin/…); unpacked when it is not there yet.
export async function unpacked(name, packages) {
  const folder = path.join(TOP, 'build/peers', name);
  const done = await fs.access(path.join(folder, DONE)).then(() => true, () => false);
  if (done) return folder;
  try {
    await fetchAndUnpack(folder, packages);
  } catch (error) {
    const why = /^E: .*$/m.exec(error.stderr ?? '')?.[0] ?? error.message.split('\n')[0];
    throw new NotToBeHad(`${packages.join(', ')} cannot be had from Debian's packages (${why}); is apt-get update due?`);
  }
  return folder;
}

// What the loader needs to find the libraries in there.
export function libraries(folder) {
  return { LD_LIBRARY_PATH: `${folder}/usr/lib/x86_64-linux-gnu:${folder}/usr/lib/aarch64-linux-gnu` };
}
