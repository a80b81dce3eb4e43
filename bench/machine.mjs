// The machine a run was made on, and what one durable write costs there: the two things without which its figures say
// nothing.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './child.mjs';
import { TOP } from './paths.mjs';
import { median } from './goals/judge.mjs';

const WRITES = 200;
const BLOCK = 8192; // PostgreSQL writes its log in such blocks

// Milliseconds of write + fdatasync, as the database does it, on the file system that the databases of this run are on.
async function fsyncTimes() {
  const folder = await temporaryFolder('fsync');
  const file = fs.openSync(path.join(folder, 'block'), 'w');
  const block = Buffer.alloc(BLOCK, 7);
  const times = [];
  for (let n = 0; n < WRITES; n += 1) {
    const began = process.hrtime.bigint();
    fs.writeSync(file, block, 0, BLOCK, 0);
    fs.fdatasyncSync(file);
    times.push(Number(process.hrtime.bigint() - began) / 1e6);
  }
  fs.closeSync(file);
  fs.rmSync(folder, { recursive: true });
  return { median_ms: median(times), most_ms: Math.max(...times) };
}

const said = (program, words) => promisify(execFile)(program, words, { cwd: TOP }).then(({ stdout }) => stdout.trim(), () => 'unknown');

export async function machine() {
  const [postgres, commit, changed] = await Promise.all([
    said('/usr/lib/postgresql/15/bin/postgres', ['--version']), said('git', ['rev-parse', '--short', 'HEAD']),
    said('git', ['status', '--porcelain', '--untracked-files=no']),
  ]);
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.cpus().length, memory_gib: os.totalmem() / 2 ** 30,
    kernel: `${os.type()} ${os.release()}`, load_before: os.loadavg()[0], fsync: await fsyncTimes(),
    postgres, commit: changed ? `${commit} with changes` : commit, at: new Date().toISOString(),
  };
}

export function machineLine({ cpu, cores, memory_gib, kernel, fsync, load_before, postgres }) {
  return `machine: ${cpu}, ${cores} cores, ${memory_gib.toFixed(1)} GiB, ${kernel}; ${postgres}; `
    + `fsync ${fsync.median_ms.toFixed(2)} ms (most ${fsync.most_ms.toFixed(2)} ms of ${WRITES}); load before ${load_before.toFixed(2)}`;
}
