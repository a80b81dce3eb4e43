// wapiti, ffuf and nmap. Rule: no finding of wapiti, no path that answers but the documented ones, no 5xx, no version in
// a banner. Nothing leaves this machine: modules of wapiti that call a server of its makers stay off.
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { logInWithoutCaptcha } from '../support/password_login.mjs';
import { Server } from '../support/server.mjs';
import { people } from '../outside_client/demo.mjs';
import { Browser } from '../outside_client/http.mjs';
import { readyPhones } from '../faults/support/logins.mjs';
import { Report, tool, withFolder, withServer } from './attack.mjs';

export const minutes = 6;
export const packages = ['wapiti', 'ffuf', 'nmap'];

const words = fileURLToPath(new URL('words.txt', import.meta.url));
const contract = fileURLToPath(new URL('../../docs/protocol.md', import.meta.url));
const SCAN_WITHIN_S = 180;
// ssrf, log4shell and xxe want an outside server, wapp fetches its table, nikto too; brute_login_form is hydra's part.
const MODULES = ['backup', 'blindsql', 'buster', 'cookieflags', 'crlf', 'csp', 'csrf', 'exec', 'file', 'htaccess', 'http_headers',
  'methods', 'permanentxss', 'redirect', 'shellshock', 'sql', 'xss'];

// wapiti fetches a table even when nothing wants it: there is no way out.
const NOWHERE = 'http://127.0.0.1:9';
const OFFLINE = { http_proxy: NOWHERE, https_proxy: NOWHERE, no_proxy: 'localhost,127.0.0.1' };

export async function run() {
  const reports = [await pages(), await paths(), await banner()];
  const report = new Report('scanners');
  report.lines = reports.flatMap(({ tool: name, lines }) => lines.map((line) => ({ ...line, stage: `${name} ${line.stage}` })));
  return report;
}

// What a crawler does not find by itself, with queries to play with.
const STARTS = ['/login', '/login?tab=qr&to=/account', '/register', '/reset', '/phone', '/account', '/api/v1/context', '/api/v1/session',
  '/api/v1/qr/poll?after=1', '/api/v1/verify?level=3', '/api/v1/session/watch?wait=0', '/s/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '/login/captcha.png'];

// Levels of wapiti: 1 low, 2 medium, 3 high. `ours`: findings that are known and why they stay.
const EXPLAINED = {
  'Secure Flag cookie': 'plain http on localhost; over https the cookie has __Host- and Secure (tests/faults/tls_and_stop)',
  'HTTP Secure Headers': 'X-Frame-Options and X-XSS-Protection are what CSP (frame-ancestors, script-src) replaced; HSTS is sent over https only (tests/faults/tls_and_stop)',
  'HttpOnly Flag cookie': 'qrgate-easy is a choice of display that the page itself reads; it opens nothing',
};

// Of these kinds only what this says is explained.
const EXPLAINED_ONLY = { 'HttpOnly Flag cookie': /easy/, 'HTTP Secure Headers': /^(X-Frame-Options|X-XSS-Protection|Strict-Transport-Security) / };

function readFindings(json) {
  return Object.entries({ ...json.vulnerabilities, ...json.anomalies })
    .flatMap(([kind, list]) => list.map(({ level, info, path: where, http_request }) => ({ kind, level, info, where, http_request })));
}

// 3.0.4 tells only in words.
const crawledOf = (output) => Number(/found (\d+) URLs/.exec(output)?.[1] ?? NaN);

async function pages() {
  const report = new Report('wapiti');
  const server = await Server.start(undefined, ['--bench', '--set', 'login.captcha=off']);
  await withServer(server, () => withFolder(async (folder) => {
    const [phone] = await readyPhones(server, [people.lin]);
    const browser = new Browser(server.origin);
    await logInWithoutCaptcha(browser, people.lin);
    for (const [who, headers, start] of [
      ['as a visitor', [], '/login'],
      ['logged in', ['-H', `Cookie: ${browser.cookie}`], '/account'],
    ]) {
      const file = path.join(folder, `${start.slice(1)}.json`);
      const { output, took_s } = await tool('wapiti', ['-u', `${server.origin}${start}`, ...STARTS.flatMap((at) => ['-s', `${server.origin}${at}`]), ...headers,
        '--scope', 'folder', '-m', MODULES.join(','), '--max-scan-time', `${SCAN_WITHIN_S}`, '--max-attack-time', '30', '-S', 'normal',
        '-t', '6', '--store-session', folder, '--flush-session', '--no-bugreport', '-v', '1', '-f', 'json', '-o', file,
      ], {
        within_s: SCAN_WITHIN_S + 120, cwd: folder, env: { HOME: folder, ...OFFLINE },
      });
      const json = JSON.parse(await fs.readFile(file, 'utf8').catch(() => 'null'));
      if (!json) {
        report.line(who, false, `no report: ${output.slice(-300)}`);
        continue;
      }
      const all = readFindings(json);
      const open = all.filter(({ kind: of, info }) => !Object.keys(EXPLAINED).some((known) => of === known && EXPLAINED_ONLY[of]?.test(info) !== false));
      for (const { kind: of, level, info, where } of open) console.log(`  wapiti ${of} (${level}) at ${where}: ${info}`);
      const seen = [...new Set(all.filter((one) => !open.includes(one)).map(({ kind: of }) => of))];
      report.line(who, open.length === 0,
        `${MODULES.length} modules, ${json.infos?.crawled_pages_nbr ?? json.infos?.crawled_pages?.length ?? crawledOf(output)} addresses attacked, ${all.length} findings, ${open.length} not explained, ${took_s.toFixed(0)} s`,
        seen.map((name) => `${name}: ${EXPLAINED[name]}`).join('. '));
    }
    await phone.call('POST', '/logout');
  }));
  return report;
}

// Whether the contract names this path; segments in braces are anything.
async function documented() {
  const text = await fs.readFile(contract, 'utf8');
  const patterns = [...text.matchAll(/(?:`|GET |POST |PUT |DELETE |HEAD )(\/[A-Za-z0-9_/.{}-]*)/g)]
    .map(([, where]) => new RegExp(`^${where.replace(/[.]/g, '\\.').replace(/\{[^}]*\}/g, '[0-9A-Za-z_.~-]+')}/?$`));
  return (where) => patterns.some((pattern) => pattern.test(where));
}

// Pages and their files are documented by what links to them.
const PAGES = /^\/($|login|account|register|reset|phone|session|help|accessibility|privacy|assets\/|favicon|robots\.txt|manual)/;

async function paths() {
  const report = new Report('ffuf');
  const server = await Server.start();
  await withServer(server, () => withFolder(async (folder) => {
    // In earnest: the demo's doors must be shut.
    server.words = ['serve', '--set', 'http.connections_per_address=1000'];
    await server.restart();
    const file = path.join(folder, 'out.json');
    const counts = {};
    const strange = [];
    let asked = 0;
    const known = await documented();
    const all = (await fs.readFile(words, 'utf8')).split('\n').filter(Boolean);
    for (const [method, at] of [['GET', '/'], ['POST', '/'], ['GET', '/api/v1/'], ['GET', '/assets/'], ['TRACE', '/'], ['PROPFIND', '/']]) {
      await fs.rm(file, { force: true });
      const { output } = await tool('ffuf', ['-w', words, '-u', `http://127.0.0.1:${server.port}${at}FUZZ`, '-X', method, '-mc', 'all',
        '-of', 'json', '-o', file, '-t', '10', '-s'], { within_s: 60, cwd: folder, env: { HOME: folder } });
      const { results } = JSON.parse(await fs.readFile(file, 'utf8').catch(() => { throw new Error(output.slice(-500)); }));
      asked += results.length;
      for (const { status, url } of results) {
        counts[status] = (counts[status] ?? 0) + 1;
        const where = decodeURI(new URL(url).pathname);
        const there = ![400, 404, 405].includes(status);
        if (status >= 500 || /^\/(demo|bench)/.test(where) && there || there && !known(where) && !PAGES.test(where)) strange.push(`${method} ${url} ${status}`);
      }
    }
    for (const one of strange.slice(0, 20)) console.log(`  ffuf ${one}`);
    report.line('paths', strange.length === 0 && asked >= all.length * 4,
      `${all.length} words, ${asked} requests in six ways: ${Object.entries(counts).map(([status, many]) => `${many} × ${status}`).join(', ')}; ${strange.length} that nobody documented`);
  }));
  return report;
}

async function banner() {
  const report = new Report('nmap');
  const server = await Server.start();
  await withServer(server, async () => {
    const { output, took_s } = await tool('nmap', ['-n', '-Pn', '-sT', '-sV', '--version-intensity', '9', '-p', `${server.port},${server.admin_port}`,
      '-oX', '-', '127.0.0.1'], { within_s: 240 });
    const services = [...output.matchAll(/<port [^]*?<\/port>/g)].map(([port]) => /<service [^>]*>/.exec(port)?.[0] ?? '');
    const telling = services.filter((service) => /\b(product|version|extrainfo)="[^"]/.test(service) || /qrgate/i.test(service));
    for (const service of telling) console.log(`  nmap ${service}`);
    report.line('-sV', services.length === 2 && telling.length === 0,
      `${services.length} ports, ${telling.length} with a product or version, ${took_s.toFixed(0)} s`);
  });
  return report;
}
