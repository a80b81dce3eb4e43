// What a goal measures with: qrgate-bench as a child, what it wrote, and a record of both for the report.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { environment, temporaryFolder } from '../child.mjs';
import { QRGATE_BENCH } from '../paths.mjs';

const LONGEST_MS = 10 * 60_000;

// true is a switch, undefined is left out, a list is said again and again.
function commandLine(sub, options) {
  const words = Object.entries(options).flatMap(([name, value]) => [value].flat()
    .filter((one) => one !== undefined && one !== false)
    .flatMap((one) => one === true ? [`--${name}`] : [`--${name}`, String(one)]));
  return [...sub.split(' '), ...words];
}

async function execute(what, words) {
  try {
    await promisify(execFile)(QRGATE_BENCH, words, { timeout: LONGEST_MS, env: environment(), maxBuffer: 16 << 20 });
  } catch (error) {
    throw new Error(`${what}: ${error.stderr?.trim().split('\n').at(-1) || error.message.split('\n')[0]}`);
  }
}

export class Run {
  // `quick`: less of everything. `say`: one line on what is going on.
  constructor({ quick = false, say = () => {} } = {}) {
    Object.assign(this, { quick, say, results: [], peers: {}, series: {} });
  }

  // Takes one of two numbers: what a quick run does, and a full one.
  pick(quick, full) {
    return this.quick ? quick : full;
  }

  // One sub-command of qrgate-bench → its JSON, which is also kept for the report (with a `label` where the goal sets
  // one). `who`: "product" or the peer's name. `options`: {seconds: 5, url: […]}.
  async bench(who, sub, options = {}) {
    const folder = await temporaryFolder('result');
    const file = path.join(folder, 'result.json');
    try {
      const command = commandLine(sub, options);
      await execute(`${sub} on ${who}`, [...command, '--json', file, '--quiet']);
      const result = { who, command: `qrgate-bench ${command.join(' ')}`, ...JSON.parse(await fs.readFile(file, 'utf8')) };
      this.results.push(result);
      return result;
    } finally {
      await fs.rm(folder, { recursive: true, force: true });
    }
  }

  // One that measures nothing and writes no result.
  prepare(sub, options) {
    return execute(sub, [...commandLine(sub, options), '--quiet']);
  }

  // A point of a plot: `name` is "memory", "group_size", …
  point(name, fields) {
    (this.series[name] ??= []).push(fields);
  }

  peer(name, version) {
    this.peers[name] = version;
  }
}

// A figure that a goal cannot do without.
export function needed(result, group, name) {
  const value = result[group]?.[name];
  if (value == null) throw new Error(`${result.name} did not measure ${name}`);
  return value;
}

// Microseconds of a percentile: "p50", "p99".
export const latency = (result, name, percentile) => needed(result, 'latencies', name)[`${percentile}_us`];

// One after the other, `times` times; for medians.
export async function repeat(times, measure) {
  const all = [];
  for (let n = 0; n < times; n += 1) all.push(await measure(n));
  return all;
}

// The product and its peer, for the nth time. Who goes first alternates, so that neither has the warmer machine.
export async function inTurn(n, product, peer) {
  if (n % 2 === 0) {
    const first = await product();
    return { product: first, peer: await peer() };
  }
  const first = await peer();
  return { product: await product(), peer: first };
}
