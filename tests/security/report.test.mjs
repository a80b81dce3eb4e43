// The page of the checklist: what it says of rows without tests, of tests that failed, and of names that do not exist.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, findTests, pageOf, readResults } from './report.mjs';
import { sections } from './rows/index.mjs';

const sources = [
  { path: 'tests/security/a_test.cpp', text: '// x\nTEST_F(Flaws, Q1Seen) {\n}\nTEST_P(Bad, IsRefused) {\n}\n' },
  { path: 'tests/security/b.test.mjs', text: "import x;\n\ntest('Q2 it\\'s told', () => {});\n" },
];
const places = findTests(sources);
const row = (more) => ({ id: 'Q1', title: 'Observer', does: 'gives nothing away.', ...more });
const catalogue = (...rows) => [{ id: '1.4', title: 'More flaws', rows }];

const CTEST = `<testsuite><testcase name="Flaws.Q1Seen" classname="Flaws.Q1Seen" status="run"/>
  <testcase name="All/Bad.IsRefused/One" classname="All/Bad.IsRefused/One" status="run"/>
  <testcase name="All/Bad.IsRefused/Two" classname="All/Bad.IsRefused/Two" status="fail"><failure message="x"/></testcase></testsuite>`;
const NODE = `<testsuites><testcase name="Q2 it&amp;apos;s told" classname="test" time="1"/>
  <testsuite name="s"><testcase name="inner" classname="test"><failure/></testcase></testsuite></testsuites>`;
const GTEST = `<testsuites name="AllTests"><testsuite name="Kept"><testcase name="Stays" classname="Kept" status="run" result="completed"/>
  </testsuite></testsuites>`;

test('result files of all three runners are read, the worst of several results counts', () => {
  const results = readResults([CTEST, NODE, GTEST]);

  assert.deepEqual(Object.fromEntries(results),
    { 'Flaws.Q1Seen': 'passed', 'Bad.IsRefused': 'failed', "Q2 it's told": 'passed', inner: 'failed', 'Kept.Stays': 'passed' });
});

test('a test is found by its name, wherever in its file it is', () => {
  const moved = findTests(sources.map((source) => ({ ...source, text: `// one line more\n${source.text}` })));

  assert.deepEqual(places.get('Flaws.Q1Seen'), ['tests/security/a_test.cpp']);
  assert.deepEqual(places.get("Q2 it's told"), ['tests/security/b.test.mjs']);
  assert.deepEqual(moved, places);
});

test('a row whose tests passed says so and leads to them in one step', () => {
  const page = pageOf(catalogue(row({ tests: ['Flaws.Q1Seen'] })), places, readResults([CTEST]));

  assert.match(page, /\| \*\*Q1\*\* Observer \| gives nothing away\. \| \[Flaws\.Q1Seen\]\(\.\.\/tests\/security\/a_test\.cpp\) \| passed \|/);
  assert.match(page, /\| shown by tests, all passed \| 1 \|/);
});

test('a test that failed is shown as failed, and so is its row', () => {
  const page = pageOf(catalogue(row({ tests: ['Flaws.Q1Seen', 'Bad.IsRefused'] })), places, readResults([CTEST]));

  assert.match(page, /Bad\.IsRefused\]\([^)]*\) \*\*failed\*\* \| \*\*failed\*\* \|/);
  assert.match(page, /\| failed, or not run \| 1 \|/);
});

test('a test that was not run is not taken for one that passed', () => {
  const page = pageOf(catalogue(row({ tests: ["Q2 it's told"] })), places, readResults([CTEST]));

  assert.match(page, /\*\*not run\*\* \| \*\*not run\*\* \|/);
});

test('a row without a test is reported, and refused when nobody says why', () => {
  const explained = catalogue(row({ open: 'the tests are being written.' }));
  const silent = catalogue(row({}));

  assert.match(pageOf(explained, places, new Map()), /\*Open:\* the tests are being written\..*\*\*open\*\*/);
  assert.deepEqual(faultsOf(explained, places), []);
  assert.match(pageOf(silent, places, new Map()), /\*\*open, without a word why\*\*/);
  assert.deepEqual(faultsOf(silent, places), ['1.4 Q1 Observer: no test, and no word why']);
});

test('a named test that does not exist, or is there twice, is an error', () => {
  const twice = findTests([...sources, { ...sources[1], path: 'tests/security/c.test.mjs' }]);

  assert.match(faultsOf(catalogue(row({ tests: ['Flaws.Q9Gone'] })), places).join(), /there is no test named "Flaws\.Q9Gone"/);
  assert.match(faultsOf(catalogue(row({ tests: ["Q2 it's told"] })), twice).join(), /more than one place/);
});

test('a row that no server can close is listed with what lowers it', () => {
  const page = pageOf(catalogue(row({ not_closable: 'the phone shows who asks.' })), places, new Map());

  assert.match(page, /\*\*cannot be closed here\*\*/);
  assert.match(page, /## What no server can close\n\n- \*\*Q1 Observer\*\*: the phone shows who asks\./);
});

test('the same results give the same octets', () => {
  const all = catalogue(row({ tests: ['Flaws.Q1Seen'] }));

  assert.equal(pageOf(all, places, readResults([CTEST])), pageOf(all, places, readResults([CTEST])));
});

test('the catalogue has every row of the checklist, each with words', () => {
  assert.deepEqual(sections.map(({ id, rows }) => [id, rows.length]),
    [['1.2', 6], ['1.3', 5], ['1.4', 30], ['1.5', 17], ['2', 19], ['3', 15], ['4', 21], ['5.1', 10]]);
  const numbers = sections.flatMap(({ rows }) => rows.map(({ id }) => id)).filter(Boolean);
  assert.deepEqual(numbers, [...Array(6).keys()].map((i) => `F${i + 1}`).concat([...Array(30).keys()].map((i) => `Q${i + 1}`)));
});
