// P10: bytes for each waiting browser whose TLS ends in the server.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../child.mjs';
import { withServer } from '../servers.mjs';
import { figure, shown, verdict } from './judge.mjs';
import { needed } from './run.mjs';

const FEW = 500;
const MANY = 4500;

async function selfSigned(folder) {
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => path.join(folder, name));
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate]);
  return { certificate, key };
}

export const goal = {
  id: 'P10',
  title: 'memory of a waiting browser with TLS',
  goal: '≤ 18 kB each where TLS ends in the server, from 500 to 4 500 seats',
  async measure(run) {
    const folder = await temporaryFolder('tls');
    try {
      const tls = await selfSigned(folder);
      const result = await withServer({ tls }, (server) => run.bench('product', 'waiting', {
        url: server.url, 'server-pid': server.pid, from: FEW, seats: MANY, steps: 1, sources: 20, clock: true, seconds: 0, settle: run.pick(1, 3),
      }));
      const bytes = needed(result, 'figures', 'bytes_per_seat');
      run.point('tls_memory', { waiting: MANY, bytes_per_seat: bytes });
      return verdict('P10', [figure('for a waiting browser', bytes / 1000, { atMost: 18, unit: 'kB' })], [`${shown(bytes)} bytes each`]);
    } finally {
      await fs.rm(folder, { recursive: true, force: true });
    }
  },
};
