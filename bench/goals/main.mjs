// Runs the table: one line for each goal on standard output, what is going on on standard error, JSON and HTML at the
// end. Ends with 0 when everything asked for was measured, whether or not the goals are met; 1 when something was not;
// 2 when the command line is wrong.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { stopAll } from '../child.mjs';
import { machine, machineLine } from '../machine.mjs';
import { TOP } from '../paths.mjs';
import { reportPage } from '../report/page.mjs';
import { line, notMeasured } from './judge.mjs';
import { Run } from './run.mjs';
import { goals } from './table.mjs';

const OPTIONS = {
  quick: { type: 'boolean', default: false }, only: { type: 'string' }, json: { type: 'string' }, html: { type: 'string' },
  keep: { type: 'boolean', default: false },
};

function commandLine() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    const ids = values.only?.toUpperCase().split(',').map((id) => id.trim());
    const unknown = ids?.filter((id) => !goals.some((goal) => goal.id === id)) ?? [];
    if (unknown.length) throw new Error(`there is no goal ${unknown.join(', ')}; there are ${goals.map(({ id }) => id).join(', ')}`);
    const chosen = ids?.map((id) => goals.find((goal) => goal.id === id)) ?? goals.filter(({ long }) => !(long && values.quick));
    return { ...values, chosen };
  } catch (error) {
    console.error(`bench/run: ${error.message}`);
    process.exit(2);
  }
}

// docs/benchmarks/2026-11-22-amd-epyc-2-cores when asked to keep it, else build/bench.
function folderFor({ keep }, { at, cpu, cores }) {
  if (!keep) return path.join(TOP, 'build/bench');
  const name = cpu.toLowerCase().replace(/\(r\)|\(tm\)|processor/g, '').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  return path.join(TOP, 'docs/benchmarks', `${at.slice(0, 10)}-${name}-${cores}-cores`);
}

async function measure(goal, run) {
  const began = performance.now();
  let found;
  try {
    found = await goal.measure(run);
  } catch (error) {
    if (process.env.QRGATE_BENCH_TRACE) console.error(error);
    found = notMeasured(goal.id, error.message);
  } finally {
    await stopAll();
  }
  const seconds = (performance.now() - began) / 1000;
  return { ...found, title: goal.title, goal: goal.goal, line: line(found), seconds };
}

const given = commandLine();
const run = new Run({ quick: given.quick, say: (text) => console.error(`  ${text}`) });
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await stopAll();
    process.exit(130);
  });
}

const here = await machine();
console.log(machineLine(here));
const folder = folderFor(given, here);
const json = given.json ?? path.join(folder, 'result.json');
const html = given.html ?? path.join(folder, 'report.html');
for (const file of [json, html]) await fs.mkdir(path.dirname(path.resolve(file)), { recursive: true });
const verdicts = [];

// After each goal, so that a run that is stopped leaves what it measured.
async function write() {
  const all = {
    machine: { ...here, load_after: os.loadavg()[0] }, quick: given.quick, command: `bench/run ${process.argv.slice(2).join(' ')}`.trim(),
    peers: run.peers, verdicts, series: run.series, results: run.results,
  };
  await fs.writeFile(json, `${JSON.stringify(all)}\n`);
  await fs.writeFile(html, await reportPage(all));
}

for (const goal of given.chosen) {
  run.say(`${goal.id}: ${goal.title}`);
  const before = run.results.length;
  const found = await measure(goal, run);
  for (const result of run.results.slice(before)) result.goal = goal.id;
  verdicts.push(found);
  console.log(found.line);
  await write();
}

console.log(`written: ${json}, ${html}`);
process.exit(verdicts.every(({ measured }) => measured) ? 0 : 1);
