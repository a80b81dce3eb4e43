// The rules of docs/architecture.md that a compiler does not check: who may include what, words that must not appear,
// sizes, and the names at the top of the tree. `faults` is pure; run as a program it checks the tree it is given.
//   node tests/checks/include_rules.mjs FOLDER
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const TOP = ['README.md', 'CHANGELOG.md', 'LICENSE', 'run', 'test', 'docs', 'deploy', 'CMakeLists.txt', 'CMakePresets.json',
  'server', 'protocol', 'storage', 'web', 'bench', 'tests'];
const ROOMS = ['protocol', 'storage', 'server', 'web', 'bench', 'tests'];
const MADE = ['build', 'data', 'node_modules', '.git', 'dist'];
const MAX_LINES = 400;

// Room → what its quoted includes may begin with.
const ARROWS = {
  protocol: ['protocol/'],
  storage: ['storage/', 'protocol/'],
  server: ['server/', 'storage/', 'protocol/', 'web/assets.hpp'],
};

// What only some files may include. `where`: the files looked at; `only`: those that may.
const KEPT_IN = [
  { include: /^boost\/beast\/http/, where: /^server\//, only: /^server\/(http_connection|request_head)\w*\.[ch]pp$/, what: 'Beast HTTP stays in server/http_connection and server/request_head' },
  { include: /^boost\/beast\/(websocket|ssl)/, where: /^(protocol|storage|server)\//, only: /^$/, what: 'beast::websocket and beast::ssl_stream stay out of the server' },
  { include: /^boost\/asio\/ssl/, where: /^(protocol|storage|server)\//, only: /^$/, what: 'asio::ssl stays out of the server' },
  { include: /^libpq-fe\.h$/, where: /^(protocol|storage|server)\//, only: /^storage\/(pg_\w+|private_cluster\w*)\.[ch]pp$/, what: 'libpq stays in storage/pg_* and storage/private_cluster' },
  { include: /^(boost\/(asio|beast)\b|spdlog\/|prometheus\/|thread$|mutex$|condition_variable$|fstream$|iostream$)/, where: /^protocol\//, only: /^$/, what: 'protocol has no I/O, no threads' },
];

// Words that must not stand in code. Comments and string literals do not count.
const FORBIDDEN_WORDS = [
  { word: /\bdetached\b/, where: /^(protocol|storage|server|bench|tests)\/.*\.[ch]pp$/, what: 'no detached: co_spawn needs a handler that handles the exception' },
  { word: /\bsystem_clock::now\b|\b(s?rand|getenv)\s*\(/, where: /^(protocol|storage)\/.*\.[ch]pp$/, what: 'time, chance and environment are parameters here' },
  { word: /(?<![.\w$-])(document|window|wx)\b(?!\s*[:?])/, where: /^web\/core\/.*\.ts$/, what: 'web/core knows neither document nor window nor wx' },
];

const withoutComments = (text) => text.replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
  .replace(/(^|[^:"'])\/\/.*$/gm, '$1');
const withoutStrings = (text) => text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');

function includeFaults(file, text) {
  const found = [];
  const room = file.split('/')[0];
  for (const [, mark, name] of text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]/gm)) {
    const allowed = ARROWS[room];
    // A room is a room in angle brackets too.
    const ours = mark === '"' || ROOMS.includes(name.split('/')[0]);
    if (allowed && ours && !allowed.some((begin) => name.startsWith(begin))) {
      found.push(`${file}: may not include ${name} (${room} includes ${allowed.join(', ')})`);
    }
    for (const rule of KEPT_IN) {
      if (rule.include.test(name) && rule.where.test(file) && !rule.only.test(file)) {
        found.push(`${file}: includes ${name}: ${rule.what}`);
      }
    }
  }
  return found;
}

function importFaults(file, text) {
  if (!/^web\/core\/.*\.ts$/.test(file) || file.endsWith('.test.ts')) return [];
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"](\.[^'"]*)['"]/g)]
    .filter(([, target]) => !path.posix.normalize(path.posix.join(path.posix.dirname(file), target)).startsWith('web/core/'))
    .map(([, target]) => `${file}: imports ${target}: web/core imports nothing of other folders`);
}

// files: [{path, text}], paths relative to the top with forward slashes. → what is wrong, one line each.
export function faults(files) {
  const found = [];
  for (const top of new Set(files.map((file) => file.path.split('/')[0]))) {
    if (!TOP.includes(top) && !top.startsWith('.')) found.push(`${top}: does not belong at the top of the tree`);
  }
  for (const { path: file, text } of files) {
    if (/package-lock\.json$/.test(file) && /"resolved": "http/.test(text)) found.push(`${file}: names a registry host`);
    if (!ROOMS.includes(file.split('/')[0]) || !/\.(cpp|hpp|ts|mjs|css|sql)$/.test(file)) continue;
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    if (lines > MAX_LINES) found.push(`${file}: ${lines} lines, the end is ${MAX_LINES}`);
    const bare = withoutComments(text);
    if (/\.[ch]pp$/.test(file)) found.push(...includeFaults(file, bare));
    found.push(...importFaults(file, bare));
    const words = withoutStrings(bare);
    for (const { word, where, what } of FORBIDDEN_WORDS) {
      const hit = where.test(file) && word.exec(words);
      if (hit) found.push(`${file}:${words.slice(0, hit.index).split('\n').length}: ${hit[0]}: ${what}`);
    }
  }
  return found;
}

function filesUnder(top, folder = '') {
  return fs.readdirSync(path.join(top, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = folder ? `${folder}/${entry.name}` : entry.name;
    if (MADE.includes(entry.name)) return [];
    if (entry.isDirectory()) return filesUnder(top, file);
    return entry.isFile() ? [{ path: file, text: fs.readFileSync(path.join(top, file), 'utf8') }] : [];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = filesUnder(process.argv[2]);
  const found = faults(files);
  console.log(found.join('\n') || `${files.length} files keep the rules`);
  process.exit(found.length ? 1 : 0);
}
