// docs/manual.md names for each part the test whose steps it tells, and shows pictures that those tests made: each is
// there, and none is left over. No browser.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { before, test } from 'node:test';

const root = new URL('../../', import.meta.url);
const read = (path) => fs.readFile(new URL(path, root), 'utf8');
const FILES = ['manual_login', 'manual_questions', 'manual_level'].map((name) => `tests/browser/${name}.test.mjs`);
const REQUIREMENTS = Array.from({ length: 13 }, (_, i) => `M${i + 1}`);
const QUESTIONS = [1, 2, 3, 4, 5, 7].map((n) => `FAQ ${n}`);
const unique = (list) => [...new Set(list)].sort();

let page;
let tests; // "file name"
let sources;
before(async () => {
  page = await read('docs/manual.md');
  sources = await Promise.all(FILES.map(read));
  tests = sources.flatMap((source, i) => [...source.matchAll(/^test\('([^']+)', async/gm)].map(([, name]) => `${FILES[i]} ${name}`));
});

test('each requirement and each question of the manual has a test named after it', () => {
  const names = tests.map((whole) => whole.slice(whole.indexOf(' ') + 1));
  for (const wanted of [...REQUIREMENTS, ...QUESTIONS]) {
    assert.ok(names.some((name) => name.startsWith(`${wanted} `)), `no test "${wanted} …"`);
  }
});

test('each part of the page names a test that exists, and each of these tests is told in the page', () => {
  const told = [...page.matchAll(/<!-- test: (\S+) "([^"]+)" -->/g)].map(([, file, name]) => `${file} ${name}`);
  assert.equal(told.length, page.match(/<!-- test:/g).length, 'a line that is not understood');
  assert.deepEqual(unique(told), unique(tests));
  for (const part of page.split(/^(?=#{2,3} )/m).slice(1)) {
    const title = part.slice(0, part.indexOf('\n'));
    const steps = part.slice(title.length).trim();
    if (steps) assert.match(steps, /<!-- test:/, `${title} names no test`);
  }
});

test('each picture of the page is there, made by these tests, and small; none is left over', async () => {
  const shown = [...page.matchAll(/!\[([^\]]+)\]\(images\/manual\/([a-z-]+)\.png\)/g)].map(([, , name]) => name);
  assert.equal(shown.length, page.match(/!\[/g).length, 'each has words for who does not see it');
  const made = sources.flatMap((source) => [...source.matchAll(/picture\(\w+, '([a-z-]+)'/g)].map(([, name]) => name));
  const folder = new URL('docs/images/manual/', root);
  const there = (await fs.readdir(folder)).map((file) => file.replace(/\.png$/, ''));
  assert.deepEqual(unique(shown), unique(made));
  assert.deepEqual(unique(shown), unique(there));
  for (const name of there) {
    const { size } = await fs.stat(new URL(`${name}.png`, folder));
    assert.ok(size > 1000 && size < 100_000, `${name}.png has ${size} octets`);
  }
});

test('each place of the page that it links to exists', () => {
  const anchor = (title) => title.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-');
  const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchor(title));
  for (const [, to] of page.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(anchors.includes(to), `#${to}`);
});
