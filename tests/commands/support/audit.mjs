// The audit beside a running server: what the commands print, the chain hashed again without any of our code, and
// somebody who has the database.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import { qrgate } from '../../support/command.mjs';
import { addressOf, askServers } from '../../support/private_database.mjs';

const POLL_MS = 100;
const SEALED_WITHIN_MS = 20_000;

export const audit = (server, ...words) => qrgate(server, 'audit', ...words);

// Holds the sealer's lock, as a sealer that hangs would. → what lets it go.
export async function sealerThatHangs(server) {
  const psql = spawn('psql', ['-XAtq', await addressOf(server)], { stdio: ['pipe', 'pipe', 'ignore'] });
  const held = new Promise((resolve, reject) => {
    psql.stdout.on('data', (part) => { if (part.includes('held')) resolve(); });
    psql.on('exit', () => reject(new Error('psql ended')));
  });
  psql.stdin.write("SELECT 'held' FROM pg_advisory_lock(7113420221);\n");
  await held;
  return () => new Promise((resolve) => psql.on('exit', resolve).stdin.end());
}

// SQL as the owner of everything, triggers switched off: what an intruder in the database can do.
export const asOwner = (server, sql) => askServers(server, `SET session_replication_role = replica; ${sql}`);

// Waits until the sealer has covered every row that is there.
export async function allSealed(server) {
  for (const until = Date.now() + SEALED_WITHIN_MS; Date.now() < until;) {
    const result = await audit(server, 'verify');
    if (/, 0 rows not sealed yet\n$/.test(result.out)) return result;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('the audit is not sealed');
}

export async function exported(server, ...words) {
  const { out } = await audit(server, 'export', ...words);
  return out.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), crypto.createHash('sha256')).digest();
const netstring = (field) => (field === undefined ? '-1:,' : `${Buffer.byteLength(String(field))}:${field},`);

function microseconds(time) {
  const [seconds, micros] = /^(.*)\.(\d{6})Z$/.exec(time).slice(1);
  return `${Date.parse(`${seconds}Z`) / 1000}${micros}`.replace(/^0+(?=\d)/, '');
}

// docs/operating.md, "Audit": the chain of an export, hashed again. → the faults in words.
export function faultsOf(lines) {
  const faults = [];
  let before;
  let digests = [];
  for (const line of lines) {
    if (line.type === 'row') {
      const digest = sha256([line.position, line.number, line.event, line.outcome, line.person, line.method, line.subject,
        line.address, line.request, microseconds(line.at)].map(netstring).join(''));
      if (digest.toString('hex') !== line.digest) faults.push(`row ${line.number}`);
      if (line.seal !== undefined) digests.push(digest);
      continue;
    }
    const head = [line.seal, line.rows, line.position, line.number, microseconds(line.at)].map(netstring).join('');
    const digest = sha256(Buffer.from(line.before, 'hex'), head, ...digests);
    if (digest.toString('hex') !== line.digest || digests.length !== line.rows) faults.push(`seal ${line.seal}`);
    if (before !== undefined && line.before !== before) faults.push(`seal ${line.seal} does not follow`);
    before = line.digest;
    digests = [];
  }
  return faults;
}
