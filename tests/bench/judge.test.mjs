// The arithmetic that calls a goal met or not, and the line that says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, line, median, notMeasured, ratio, same, verdict } from '../../bench/goals/judge.mjs';

test('a figure at its limit is met, above it is not', () => {
  assert.equal(figure('bytes', 160, { atMost: 160 }).met, true);
  assert.equal(figure('bytes', 160.1, { atMost: 160 }).met, false);
  assert.equal(figure('SELECT', 3, { atLeast: 3 }).met, true);
  assert.equal(figure('SELECT', 2.99, { atLeast: 3 }).met, false);
});

test('a ratio is product over peer, in both directions', () => {
  const slower = ratio('p50', 0.12, 0.1, { atMost: 0.9, peer_name: 'nchan' });
  const faster = ratio('p50', 0.08, 0.1, { atMost: 0.9, peer_name: 'nchan' });
  const more = ratio('rate', 90, 100, { atLeast: 0.8, peer_name: 'nginx' });

  assert.deepEqual([slower.met, faster.met, more.met], [false, true, true]);
  assert.ok(Math.abs(slower.ratio - 1.2) < 1e-9);
});

test('two of the same are compared by the smaller one, whichever it is', () => {
  assert.equal(same('bytes', 100, 110, { within: 0.1, peer_name: 'wide' }).met, true);
  assert.equal(same('bytes', 110, 100, { within: 0.1, peer_name: 'wide' }).met, true);
  assert.equal(same('bytes', 100, 111, { within: 0.1, peer_name: 'wide' }).met, false);
});

test('a figure that is missing is an error, never a pass', () => {
  assert.throws(() => figure('bytes', undefined, { atMost: 160 }), /nothing was measured/);
  assert.throws(() => figure('bytes', NaN, { atMost: 160 }), /nothing was measured/);
  assert.throws(() => ratio('p50', 1, 0, { atMost: 0.9 }), /nothing was measured/);
  assert.throws(() => ratio('p50', 1, undefined, { atLeast: 0.9 }), /nothing was measured/);
  assert.throws(() => verdict('P1', []), /nothing was measured/);
});

test('one check that missed its limit decides the goal and is said first', () => {
  const found = verdict('P3', [
    ratio('push p50', 0.08, 0.1, { atMost: 0.9, unit: 'ms', peer_name: 'nchan' }),
    ratio('CPU', 20, 21, { atMost: 0.85, unit: 'µs', peer_name: 'nchan' }),
  ], ['5 pairs']);

  assert.equal(found.met, false);
  assert.equal(line(found), 'P3 short CPU 20.0 µs against nchan 21.0 µs: ratio 0.952 (≤ 0.85) · push p50 0.080 ms against nchan 0.100 ms: ratio 0.800 (≤ 0.9) · 5 pairs');
});

test('a goal that is met says pass, and the other word not at all', () => {
  const said = line(verdict('P9', [figure('later start', 210, { atMost: 300, unit: 'ms' })]));

  assert.equal(said, 'P9 pass later start 210 ms (≤ 300 ms)');
});

test('what was not measured says why on one line', () => {
  assert.equal(line(notMeasured('P5', 'glewlwyd is\n  not there')), 'P5 not measured: glewlwyd is not there');
});

test('the median of an even number lies between the two in the middle', () => {
  assert.equal(median([4, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.ok(Number.isNaN(median([])));
});
