// Third-party attackers against the release binary (docs/developing.md): all of them, or those that --only names.
//   QRGATE_BINARY=build/release/bin/qrgate node tests/attackers/run.mjs [--only slow_http,tls] [--json FILE] [--page FILE]
// One line for each stage; --json writes the lines as they are, --page the table of docs/attackers.md out of --from FILE…
// or of this run. Ends with 1 when a stage failed, with 2 when a tool is not installed.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { page } from './page.mjs';

const ALL = ['slow_http', 'guessing', 'sql_injection', 'scanners', 'load', 'tls', 'captcha_ocr'];

function installed(name) {
  try {
    return execFileSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString() === 'installed';
  } catch {
    return false;
  }
}

async function attack(name) {
  const { run, packages, minutes } = await import(`./${name}.mjs`);
  const missing = packages.filter((one) => !installed(one));
  if (missing.length) {
    console.error(`${name}: apt-get install ${missing.join(' ')} (./test --long does)`);
    process.exit(2);
  }
  console.log(`== ${name}, about ${minutes} min`);
  const began = Date.now();
  const { tool, lines } = await run();
  return { name, tool, lines, took_s: Math.round((Date.now() - began) / 1000), versions: packages.map(version) };
}

function version(name) {
  return `${name} ${execFileSync('dpkg-query', ['-W', '-f=${Version}', name])}`;
}

const { values: { only, json, from, page: page_file } } = parseArgs({ options: {
  only: { type: 'string' }, json: { type: 'string' }, page: { type: 'string' }, from: { type: 'string', multiple: true },
} });
const reports = [];
if (from) {
  for (const file of from) reports.push(...JSON.parse(await fs.readFile(file, 'utf8')));
} else {
  const names = only ? only.split(',') : ALL;
  const unknown = names.filter((name) => !ALL.includes(name));
  if (unknown.length) throw new Error(`no attack is named ${unknown.join(', ')}: ${ALL.join(', ')}`);
  for (const name of names) reports.push(await attack(name));
}
if (json) await fs.writeFile(json, `${JSON.stringify(reports, undefined, 1)}\n`);
if (page_file) await fs.writeFile(page_file, page(reports));
const failed = reports.flatMap(({ tool, lines }) => lines.filter(({ pass }) => !pass).map(({ stage }) => `${tool} ${stage}`));
console.log(failed.length ? `failed: ${failed.join(', ')}` : `${reports.flatMap(({ lines }) => lines).length} stages passed`);
process.exitCode = failed.length ? 1 : 0;
