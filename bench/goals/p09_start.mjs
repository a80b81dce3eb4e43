// P9: how long a start takes, beside `initdb` alone with the same options, and what an idle server holds.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { isRoot, temporaryFolder } from '../child.mjs';
import { memoryOf, Server } from '../servers.mjs';
import { figure, median, range, shown, verdict } from './judge.mjs';
import { repeat } from './run.mjs';

const PROGRAMS = '/usr/lib/postgresql/15/bin';
const OPTIONS = ['-U', 'qrgate', '--auth-local=trust', '--auth-host=reject', '-E', 'UTF8', '--locale=C.UTF-8', '--data-checksums'];
const IDLE_MS = 1000;
const BESIDE_INITDB_MS = 500;
const LATER_MS = 300;
const IDLE_MB = 40;

// PostgreSQL refuses to run as root: then as its own user, as the server does it.
async function initdbAlone() {
  const folder = await temporaryFolder('initdb');
  const owner = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  if (isRoot) await promisify(execFile)('chown', ['postgres:postgres', folder]);
  const [program, ...words] = [...owner, `${PROGRAMS}/initdb`, '-D', path.join(folder, 'data'), ...OPTIONS];
  const began = performance.now();
  await promisify(execFile)(program, words, { cwd: folder });
  const took = performance.now() - began;
  await fs.rm(folder, { recursive: true, force: true });
  return took;
}

// A first start and one later, in the same folder; the second is then left alone and looked at.
async function starts() {
  const folder = await temporaryFolder('start');
  try {
    const first = await Server.start({ demo: false, folder });
    await first.stop();
    const later = await Server.start({ demo: false, folder });
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const { resident_bytes } = await memoryOf(later.pid);
    await later.stop();
    return { first: first.started_in_ms, later: later.started_in_ms, resident_mb: resident_bytes / 1e6 };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

export const goal = {
  id: 'P9',
  title: 'starting, and memory while idle',
  goal: 'first start ≤ initdb alone + 0.5 s, later ≤ 0.3 s; idle server ≤ 40 MB without PostgreSQL',
  async measure(run) {
    // initdb writes and syncs 40 MB, which takes twice as long from one minute to the next: each start is compared with
    // the two beside it.
    const pairs = await repeat(run.pick(2, 5), async () => {
      const before = await initdbAlone();
      const started = await starts();
      const initdb = (before + await initdbAlone()) / 2;
      return { initdb, beyond: started.first - initdb, ...started };
    });
    const of = (name) => median(pairs.map((pair) => pair[name]));
    const [least, most] = range(pairs.map(({ later }) => later));
    run.point('start', { initdb_ms: of('initdb'), first_ms: of('first'), later_ms: of('later'), resident_mb: of('resident_mb') });
    return verdict('P9', [
      figure('first start beyond initdb', of('beyond'), { atMost: BESIDE_INITDB_MS, unit: 'ms' }),
      figure('later start', of('later'), { atMost: LATER_MS, unit: 'ms' }),
      figure('idle RSS', of('resident_mb'), { atMost: IDLE_MB, unit: 'MB' }),
    ], [`median of ${pairs.length}, initdb alone ${shown(of('initdb'))} ms; later starts from ${shown(least)} to ${shown(most)} ms`]);
  },
};
