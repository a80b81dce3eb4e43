// sqlmap on every field of fields.mjs, with captchas off and address budgets of the demo, so that its words reach as far
// as they can. Rule: it finds nothing, and PostgreSQL's own log of every statement shows each named statement with one
// text only: what clients say arrives as bind parameters.
import fs from 'node:fs/promises';
import path from 'node:path';
import { logInWithoutCaptcha } from '../support/password_login.mjs';
import { Server } from '../support/server.mjs';
import { people } from '../outside_client/demo.mjs';
import { Browser } from '../outside_client/http.mjs';
import { freshBrowser } from '../outside_client/password.mjs';
import { readyPhones } from '../faults/support/logins.mjs';
import { askServers } from '../support/private_database.mjs';
import { Report, tool, withFolder, withServer } from './attack.mjs';
import { FIELDS } from './fields.mjs';

export const minutes = 15;
export const packages = ['sqlmap'];

const EACH_WITHIN_S = 240;
const ALL_WITHIN_S = 14 * 60;
const SIDE_BY_SIDE = 3;

// The request as octets, every attacked place marked with sqlmap's `*` where it is no plain field.
function request(server, field, rights) {
  const host = new URL(server.origin).host;
  const body = field.json ? JSON.stringify(field.json) : field.form ? new URLSearchParams(field.form).toString() : '';
  const method = field.method ?? (field.json || field.form ? 'POST' : 'GET');
  const target = field.path.replace(/\{(\w+)\}/g, '$1*');
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, `Origin: ${server.origin}`, 'Accept-Language: en'];
  if (field.headers) lines.push('User-Agent: Mozilla/5.0*', 'Referer: http://localhost/*', 'X-Forwarded-For: 10.0.0.1*');
  else lines.push('User-Agent: Mozilla/5.0');
  if (field.as === 'browser') lines.push(`Cookie: ${rights.browser}${field.cookies ? '*' : ''}`);
  else if (field.as !== 'phone') lines.push(`Cookie: ${rights.visitor}${field.upgrade || field.path.startsWith('/login') ? '*' : ''}`);
  if (field.as === 'phone') lines.push(`Authorization: Bearer ${rights.phone}${field.bearer ? '*' : ''}`);
  if (body) lines.push(`Content-Type: ${field.json ? 'application/json' : 'application/x-www-form-urlencoded'}`, `Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

async function attackOne(folder, server, field, rights, number) {
  const file = path.join(folder, `${number}.txt`);
  await fs.writeFile(file, request(server, field, rights));
  // Marks in the path, a header or a cookie are asked about once, bodies and queries are taken as they are.
  const words = ['-r', file, '--batch', '--dbms=PostgreSQL', '--level=2', '--risk=2', '--ignore-code=401', '--technique=BEUS', '--flush-session',
    '--disable-coloring', '--ignore-stdin', '--timeout=8', '--retries=1', '--threads=1', `--output-dir=${folder}/out`, '--answers=quit=N,really=Y,JSON=Y,custom=Y,injection marker=Y,follow=N,cookie=N'];
  const { output, late } = await tool('sqlmap', words, { within_s: EACH_WITHIN_S, cwd: folder, env: { HOME: `${folder}/home${number}`, TERM: 'dumb' } });
  return { field, late, output, found: findings(output), tested: tested(output), asked: requests(output) };
}

// What "appears" injectable sqlmap checks further: answers that change by themselves (a budget's 429 after so many tries)
// look so at first. Its last word counts, and without a last word the suspicion.
function findings(output) {
  const lines = output.split('\n');
  const proven = lines.filter((line) => /is vulnerable|identified the following injection|^\s*Payload: /.test(line));
  const cleared = /do not appear to be injectable|false positive or unexploitable injection point detected/.test(output);
  return cleared ? proven : [...proven, ...lines.filter((line) => /appears to be '.*injectable/.test(line))];
}
const tested = (output) => new Set([...output.matchAll(/testing if (.+?) is dynamic|testing for SQL injection on (.+)/g)].map(([, a, b]) => a ?? b));
const requests = (output) => [...output.matchAll(/- (\d+) times/g)].reduce((sum, [, times]) => sum + Number(times), 0);

// name → texts of the statements that PostgreSQL was told, out of its log.
async function statementsTold(server) {
  const log = await fs.readFile(path.join(server.data, 'postgresql/postgres.log'), 'utf8');
  const named = new Map();
  const plain = new Set();
  let lines = 0;
  for (const [, kind, name, text] of log.matchAll(/LOG: {2}(statement|execute ([^:\n]*)): ([^\n]*(?:\n(?!\d{4}-\d\d-\d\d )[^\n]*)*)/g)) {
    lines += 1;
    if (kind === 'statement') plain.add(text.trim());
    else named.set(name, (named.get(name) ?? new Set()).add(text.trim()));
  }
  return { named, plain, lines };
}

const OURS = /^(BEGIN|COMMIT|ROLLBACK|SET|SELECT pg_|SELECT 1|ALTER SYSTEM|SAVEPOINT)/i;
// Words that only clients say.
const SAID = /110101190001010014|139000000\d\d|Reise#2026x|wrong-Pass1!|00ff00ff|sqlmap|information_schema/i;

export async function run({ only_first = FIELDS.length } = {}) {
  const report = new Report('sqlmap');
  const server = await Server.start(undefined, ['--bench', '--set', 'login.captcha=off']);
  await withServer(server, async () => {
    const [phone] = await readyPhones(server, [people.zhao]);
    const visitor = await freshBrowser(server.origin);
    const browser = new Browser(server.origin);
    await logInWithoutCaptcha(browser, people.gongsi);
    const rights = { visitor: visitor.cookie, browser: browser.cookie, phone: phone.token };
    await askServers(server, `ALTER SYSTEM SET log_statement = 'all'`);
    await askServers(server, 'SELECT pg_reload_conf()');
    await withFolder(async (folder) => attackAll(report, folder, server, FIELDS.slice(0, only_first), rights));
    const { named, plain, lines } = await statementsTold(server);
    const several = [...named].filter(([, texts]) => texts.size > 1).map(([name]) => name);
    const strange = [...plain].filter((text) => !OURS.test(text));
    const words = [...named.values()].flatMap((texts) => [...texts]).concat([...plain]).filter((text) => SAID.test(text));
    report.line('log of PostgreSQL', lines > 0 && several.length === 0 && strange.length === 0 && words.length === 0,
      `${lines} statements told, ${named.size} names, ${several.length} with more than one text, ${strange.length} outside the known ones, ${words.length} with a client's words` +
      (strange.length + words.length ? `: ${[...strange, ...words].slice(0, 3).join(' | ').slice(0, 300)}` : ''));
  });
  return report;
}

async function attackAll(report, folder, server, fields, rights) {
  const began = Date.now();
  const waiting = fields.map((field, number) => ({ field, number }));
  const done = [];
  const untouched = [];
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (Date.now() - began > ALL_WITHIN_S * 1000) untouched.push(next.field.path);
      else done.push(await attackOne(folder, server, next.field, rights, next.number));
    }
  }));
  const found = done.filter(({ found: lines }) => lines.length > 0);
  for (const { field, found: lines } of found) console.log(`  ${field.path}: ${lines.join(' | ')}`);
  if (process.env.ATTACK_WORDS) await fs.writeFile(process.env.ATTACK_WORDS, done.map(({ field, output }) => `== ${field.path}\n${output}`).join('\n'));
  const not_tested = done.filter(({ tested: places, late }) => places.size === 0 && !late).map(({ field }) => field.path);
  const places = done.reduce((sum, { tested: names }) => sum + names.size, 0);
  report.line('every field', found.length === 0 && untouched.length === 0 && not_tested.length === 0,
    `${done.length} of ${fields.length} requests, ${places} places, ${found.length} findings, ` +
    `stopped after ${EACH_WITHIN_S} s: ${done.filter(({ late }) => late).map(({ field }) => field.path).join(' ') || 'none'}, ${((Date.now() - began) / 60_000).toFixed(1)} min` +
    (untouched.length ? `; no time for ${untouched.join(' ')}` : '') + (not_tested.length ? `; sqlmap tested nothing at ${not_tested.join(' ')}` : ''),
    'Level 2, risk 2, techniques boolean, error, union and stacked, for PostgreSQL. Captchas are off and loopback uses up no address budget, so that payloads get as far as they can; budgets of persons and numbers answer 429 after a while, as they do to everybody.');
}
