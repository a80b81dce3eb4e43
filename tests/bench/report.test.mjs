// The report: what its plots are made of, that it stands alone, and that it says no more than was measured.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, line, notMeasured, verdict } from '../../bench/goals/judge.mjs';
import { distributions, merged } from '../../bench/report/latencies.mjs';
import { percentilePoints } from '../../bench/report/plots.mjs';
import { reportPage } from '../../bench/report/page.mjs';

const histogram = (steps, max_us) => ({ count: steps.reduce((sum, [, count]) => sum + count, 0), steps, max_us, p50_us: steps[0]?.[0] ?? 0, p99_us: max_us });

test('histograms of several runs become one, with percentiles of all their values', () => {
  const all = merged([histogram([[10, 90], [20, 10]], 20), histogram([[10, 10], [40, 90]], 39)]);

  assert.equal(all.count, 200);
  assert.deepEqual(all.steps, [[10, 100], [20, 10], [40, 90]]);
  assert.deepEqual([all.p50_us, all.p90_us, all.p99_us, all.max_us], [10, 39, 39, 39]);
});

test('a percentile plot rises and puts the 99th percentile at one in a hundred', () => {
  const points = percentilePoints(histogram([[100, 990], [200, 9], [5000, 1]], 5000));

  assert.deepEqual(points.map(({ x }) => Math.round(x)), [100, 1000, 1000]);
  assert.deepEqual(points.map(({ y }) => y), [0.1, 0.2, 5]);
});

test('a plot holds one goal and one kind of time, product and peer as lines of their own', () => {
  const latencies = { push: histogram([[10, 5]], 10) };
  const plots = distributions([
    { goal: 'P3', who: 'product', name: 'push', latencies }, { goal: 'P3', who: 'nchan', name: 'push', latencies },
    { goal: 'P3', who: 'product', name: 'push', latencies }, { goal: 'P7', who: 'product', name: 'push', latencies: { push: histogram([], 0) } },
  ]);

  assert.equal(plots.length, 1);
  assert.deepEqual(plots[0].lines.map(({ name, histogram: { count } }) => [name, count]), [['qrgate (push)', 10], ['nchan', 5]]);
});

const machine = {
  cpu: 'a <processor>', cores: 2, memory_gib: 24, kernel: 'Linux', load_before: 0, load_after: 0,
  fsync: { median_ms: 0.2, most_ms: 1 }, postgres: 'postgres 15', commit: 'abc', at: '2026-01-02T03:04:05Z',
};
const told = (found) => ({ ...found, title: 'a title', goal: 'a limit', line: line(found), seconds: 1 });
const run = {
  machine, quick: true, command: 'bench/run --quick', peers: { nchan: 'nginx 1.22.1' },
  verdicts: [told(verdict('P1', [figure('bytes', 200, { atMost: 160 })])), told(verdict('P9', [figure('start', 1, { atMost: 3 })])), told(notMeasured('P5', 'no <nginx>'))],
  series: { memory: [{ who: 'qrgate', waiting: 2000, private_bytes: 2e7 }, { who: 'qrgate', waiting: 18_000, private_bytes: 3e7 }] },
  results: [{ goal: 'P3', who: 'product', name: 'push', command: 'qrgate-bench push', latencies: { push: histogram([[10, 5], [30, 2]], 30) } }],
};

test('the page asks nobody for anything', async () => {
  const page = await reportPage(run);

  assert.doesNotMatch(page, /<(script|link|iframe|img)\b|@import|url\(/);
  assert.deepEqual([...page.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, to]) => to), []);
});

test('every goal has its verdict, and the word for a missed one stands once for each missed one', async () => {
  const page = await reportPage(run);

  assert.equal(page.match(/\bshort\b/g).length, 1);
  assert.match(page, /✓ pass/);
  assert.match(page, /not measured/);
});

test('every plot has a text and a table beside it', async () => {
  const page = await reportPage(run);

  const figures = page.match(/<figure>[^]*?<\/figure>/g);
  assert.equal(figures.length, 2);
  for (const one of figures) {
    assert.match(one, /<svg role="img" aria-label="[^"]{20,}"/);
    assert.match(one, /<table>/);
  }
});

test('what was measured is written as text, never as markup', async () => {
  const page = await reportPage(run);

  assert.match(page, /no &lt;nginx&gt;/);
  assert.doesNotMatch(page, /<processor>|<nginx>/);
});
