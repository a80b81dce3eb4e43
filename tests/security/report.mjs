#!/usr/bin/env node
// Writes docs/security.md: every row of the checklist (rows/), what the server does, the tests that show it, and how they
// ended, from the runner's result files (JUnit XML of ctest, of node and of googletest). The same results give the same
// octets: no times, no dates.
//   tests/security/report.mjs --write [--results build/asan]             accepts: writes docs/security.md
//   tests/security/report.mjs --out FILE [--results build/asan]          writes FILE; 1 when docs/security.md is another
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { XMLParser } from 'fast-xml-parser';
import { sections } from './rows/index.mjs';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = 'docs/security.md';
const ACCEPT = 'node tests/security/report.mjs --write';
const MADE = ['node_modules', 'corpus'];

const WORSE = ['passed', 'skipped', 'failed'];

// "All/BadRequest.IsRefused/TwoHosts" → "BadRequest.IsRefused": the parameters of a test are one test here.
const withoutParameters = (name) => name.replace(/^(?:\w+\/)?(\w+)(?:\/\w+)?\.(\w+)(?:\/.*)?$/, '$1.$2');

const asList = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

// Node writes a quotation mark of a title twice escaped.
const plain = (text) => String(text).replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');

function nameOf(found) {
  const name = plain(found.name);
  const suite = found.classname === undefined ? '' : plain(found.classname);
  return withoutParameters(['', 'test', name].includes(suite) ? name : `${suite}.${name}`);
}

function endOf(found) {
  if ('failure' in found || 'error' in found || found.status === 'fail') return 'failed';
  if ('skipped' in found || ['notrun', 'disabled'].includes(found.status)) return 'skipped';
  return 'passed';
}

// The texts of result files → name → passed, skipped or failed; the worst where a name is there more than once.
export function readResults(texts) {
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', parseAttributeValue: false });
  const results = new Map();
  const visit = (node) => {
    for (const found of asList(node.testcase)) {
      const [name, end] = [nameOf(found), endOf(found)];
      const before = results.get(name) ?? 'passed';
      results.set(name, WORSE[Math.max(WORSE.indexOf(before), WORSE.indexOf(end))]);
    }
    for (const suite of [...asList(node.testsuite), ...asList(node.testsuites)]) visit(suite);
  };
  for (const text of texts) visit(parser.parse(text));
  return results;
}

// files: [{path, text}] of test sources → name → the file it is in. No line: each edit above a test would make the page untrue.
export function findTests(files) {
  const places = new Map();
  const add = (name, file) => places.set(name, [...(places.get(name) ?? []), file]);
  for (const { path: file, text } of files) {
    const fuzzed = /^tests\/fuzz\/(\w+)_fuzz\.cpp$/.exec(file);
    if (fuzzed) add(`fuzz_${fuzzed[1]}`, file);
    for (const found of text.matchAll(/^(?:TEST|TEST_F|TEST_P|TYPED_TEST)\((\w+),\s*(\w+)\)/gm)) {
      add(`${found[1]}.${found[2]}`, file);
    }
    for (const found of text.matchAll(/^[ \t]*test\((['"`])((?:\\.|(?!\1).)*)\1/gm)) {
      add(found[2].replace(/\\(.)/g, '$1'), file);
    }
  }
  return places;
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function judge(row, results) {
  const tests = (row.tests ?? []).map((name) => ({ name, end: results.get(name) ?? 'not run' }));
  const failed = tests.filter(({ end }) => end !== 'passed');
  if (failed.length) return { tests, verdict: failed[0].end };
  if (row.not_closable) return { tests, verdict: 'cannot be closed here' };
  if (row.open) return { tests, verdict: 'open' };
  return { tests, verdict: tests.length ? 'passed' : 'open, without a word why' };
}

function tableOf(rows, places, results) {
  const lines = ['| row | what the server does | test | result |', '|---|---|---|---|'];
  for (const row of rows) {
    const { tests, verdict } = judge(row, results);
    const links = tests.map(({ name, end }) => `[${cell(name)}](../${places.get(name)?.[0]})${end === 'passed' ? '' : ` **${end}**`}`);
    const title = row.id ? `**${row.id}** ${row.title}` : `**${row.title}**`;
    const note = (row.not_closable ? ` *What lowers it:* ${row.not_closable}` : '') + (row.open ? ` *Open:* ${row.open}` : '');
    lines.push(`| ${cell(title)} | ${cell(row.does + note)} | ${links.join('<br>')} | ${verdict === 'passed' ? verdict : `**${verdict}**`} |`);
  }
  return lines.join('\n');
}

// What is wrong with the catalogue itself, one line each.
export function faultsOf(all, places) {
  const found = [];
  const rows = all.flatMap((section) => section.rows.map((row) => ({ ...row, section: section.id })));
  for (const row of rows) {
    const title = `${row.section} ${row.id ?? ''} ${row.title}`.replace(/ +/g, ' ');
    for (const name of row.tests ?? []) {
      const at = places.get(name) ?? [];
      if (at.length === 0) found.push(`${title}: there is no test named "${name}"`);
      if (at.length > 1) found.push(`${title}: "${name}" is in more than one place: ${at.join(', ')}`);
    }
    if (!row.does) found.push(`${title}: nothing is said about what the server does`);
    if (!row.tests?.length && !row.open && !row.not_closable) found.push(`${title}: no test, and no word why`);
  }
  const titles = rows.map(({ section, id, title }) => `${section} ${id ?? ''} ${title}`);
  for (const title of new Set(titles.filter((each, i) => titles.indexOf(each) !== i))) found.push(`${title}: twice`);
  return found;
}

export function pageOf(catalogue, places, results, attackers = false) {
  const rows = catalogue.flatMap((section) => section.rows);
  const verdicts = rows.map((row) => judge(row, results).verdict);
  const count = (wanted) => verdicts.filter(wanted).length;
  const tests = new Set(rows.flatMap((row) => row.tests ?? []));
  const cannot = rows.filter((row) => row.not_closable);
  const open = rows.filter((row) => row.open);
  const lines = [
    '# Security: every row of the checklist, and the test that shows it', '',
    `<!-- Written by tests/security/report.mjs out of tests/security/rows/ and the result files of a run; ${ACCEPT} writes it anew. -->`, '',
    'Each row is a threat or a requirement; beside it stands what this server does and the tests that attack it. A link leads to the',
    'file of the test of that name. `./test` compares this page with what it has just run. Tests in `*.test.mjs` talk to the real server',
    'through sockets, those in `*_test.cpp` to its handlers and parts.', '',
    '| | |', '|---|---|',
    `| rows | ${rows.length} |`,
    `| shown by tests, all passed | ${count((verdict) => verdict === 'passed')} |`,
    `| that no server can close, with what lowers them | ${cannot.length} |`,
    `| open, with the reason | ${count((verdict) => verdict.startsWith('open'))} |`,
    `| failed, or not run | ${count((verdict) => ['failed', 'skipped', 'not run'].includes(verdict))} |`,
    `| tests named here | ${tests.size} |`, '',
  ];
  for (const section of catalogue) {
    lines.push(`## ${section.id} ${section.title}`, '');
    if (section.about) lines.push(section.about, '');
    lines.push(tableOf(section.rows, places, results), '');
  }
  lines.push('## What no server can close', '');
  for (const row of cannot) lines.push(`- **${row.id ? `${row.id} ` : ''}${row.title}**: ${row.not_closable}`);
  if (cannot.length === 0) lines.push('Nothing.');
  lines.push('', '## What is open', '');
  for (const row of open) lines.push(`- **${row.id ? `${row.id} ` : ''}${row.title}**: ${row.open}`);
  if (open.length === 0) lines.push('Nothing.');
  if (attackers) {
    lines.push('', '## Attack tools from packages', '',
      'What slowhttptest, sqlmap, wapiti, ffuf, hydra, testssl.sh and others found in `./test --long`, and what became of it:',
      '[attackers.md](attackers.md).');
  }
  return `${lines.join('\n')}\n`;
}

function sources(folder = 'tests') {
  return fs.readdirSync(path.join(TOP, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return MADE.includes(entry.name) ? [] : sources(file);
    return /_(?:test|fuzz)\.cpp$|\.test\.mjs$/.test(entry.name) ? [{ path: file, text: fs.readFileSync(path.join(TOP, file), 'utf8') }] : [];
  });
}

function resultFiles(folder) {
  const junit = path.join(folder, 'junit');
  const files = fs.existsSync(junit) ? fs.readdirSync(junit).filter((name) => name.endsWith('.xml')).map((name) => path.join(junit, name)) : [];
  const ctest = path.join(folder, 'ctest.xml');
  if (fs.existsSync(ctest)) files.push(ctest);
  if (files.length === 0) throw new Error(`${folder} has no result files: run ./test first`);
  return files.map((file) => fs.readFileSync(file, 'utf8')).filter((text) => text.trim());
}

function firstDifference(before, after) {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const at = b.findIndex((line, i) => line !== a[i]);
  return `line ${at + 1} of ${PAGE}:\n- ${a[at] ?? '(end)'}\n+ ${b[at] ?? '(end)'}`;
}

function main(words) {
  const option = (name, otherwise) => (words.includes(name) ? words[words.indexOf(name) + 1] : otherwise);
  const places = findTests(sources());
  const wrong = faultsOf(sections, places);
  if (wrong.length) {
    console.error(wrong.join('\n'));
    return 2;
  }
  const results = readResults(resultFiles(path.resolve(TOP, option('--results', 'build/asan'))));
  const attackers = fs.existsSync(path.join(TOP, 'docs/attackers.md'));
  const page = pageOf(sections, places, results, attackers);
  const kept = path.join(TOP, PAGE);
  if (words.includes('--write')) {
    fs.writeFileSync(kept, page);
    return 0;
  }
  const out = option('--out', undefined);
  if (out) fs.writeFileSync(path.resolve(out), page);
  const before = fs.existsSync(kept) ? fs.readFileSync(kept, 'utf8') : '';
  if (before === page) return 0;
  // A machine that skips a test (or a run that failed, which the runner says itself) has another page, and needs no other.
  const passed = new Map([...places.keys()].map((name) => [name, 'passed']));
  if (before === pageOf(sections, places, passed, attackers)) return 0;
  console.error(`${PAGE} is not what this run shows; to accept it: ${ACCEPT}\n${firstDifference(before, page)}`);
  return 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(main(process.argv.slice(2)));
