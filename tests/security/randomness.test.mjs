// Values that must not be guessed, as the real server hands them out: no value twice, and every character of every
// place as often as the others (F3; security.md section 4, Session id and Randomness under load).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser } from '../outside_client/http.mjs';
import { succeeded, world } from './support/world.mjs';

const here = world();

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const SHORT_CODE = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

// The chi-square statistic of each place in `places`, scaled so that 0 is what chance expects and 6 is one in a billion.
function surprises(values, places, alphabet) {
  return places.map((place) => {
    const counts = new Map([...alphabet].map((letter) => [letter, 0]));
    for (const value of values) {
      assert.ok(counts.has(value[place]), `${value[place]} at ${place}`);
      counts.set(value[place], counts.get(value[place]) + 1);
    }
    const expected = values.length / alphabet.length;
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    const freedom = alphabet.length - 1;
    return { place, surprise: (chi - freedom) / Math.sqrt(2 * freedom) };
  });
}

function assertEven(values, places, alphabet) {
  const uneven = surprises(values, places, alphabet).filter(({ surprise }) => surprise > 7);
  assert.deepEqual(uneven, []);
}

const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);

test('F3 Predictable qr_id: ten thousand tokens and short codes have no duplicate, no pattern and nothing to count', async () => {
  const [tokens, short_codes] = [[], []];
  const seats = await Promise.all(Array.from({ length: 40 }, () => here.waiting()));
  const draw = async ({ browser, socket, code }) => {
    let shown = code;
    for (let i = 0; i < 250; ++i) {
      tokens.push(shown.token);
      short_codes.push(shown.short_code);
      succeeded(await browser.call('POST', '/api/v1/qr/cancel'));
      shown = await socket.code();
    }
    socket.close();
  };
  await Promise.all(seats.map(draw));
  assert.equal(tokens.length, 10_000);
  assert.equal(new Set(tokens).size, tokens.length);
  assert.ok(new Set(short_codes).size >= 9_995, 'of 22 billion');
  // Before place 8: node, key and expiry (docs/protocol.md section 4); the last character may hold fewer bits.
  assertEven(tokens, range(8, 31), BASE64URL);
  assertEven(short_codes.map((code) => code.replace('-', '').slice(1)), range(0, 7), SHORT_CODE);
  const behind = new Set(tokens.map((token) => token.slice(8, 16)));
  assert.equal(behind.size, tokens.length, 'no common beginning behind the expiry');
});

test('Randomness under load: ten thousand pre-sessions, drawn fifty at a time, have no duplicate and no pattern', async () => {
  const values = [];
  const draw = async () => {
    const browser = new Browser(here.base);
    await browser.call('GET', '/api/v1/context');
    values.push(/qrgate-pre=([\w-]+)/.exec(browser.cookie)[1]);
  };
  for (let i = 0; i < 200; ++i) await Promise.all(Array.from({ length: 50 }, draw));
  assert.equal(values.length, 10_000);
  assert.equal(new Set(values).size, values.length);
  assertEven(values, range(0, 42), BASE64URL);
});

test('Randomness under load: two servers that start alike draw nothing alike', async () => {
  const token = async () => {
    const { socket, token: drawn } = await here.waiting();
    socket.close();
    return drawn;
  };
  const before = await Promise.all(Array.from({ length: 20 }, token));
  await here.server.restart();
  const after = await Promise.all(Array.from({ length: 20 }, token));
  assert.equal(new Set([...before, ...after].map((drawn) => drawn.slice(8))).size, 40);
});
