import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { environment } from './server.mjs';

// What a program says and how it ends: {code, out, err}.
export function run(program, words) {
  return new Promise((resolve) => {
    execFile(program, words, { env: environment(), maxBuffer: 2 ** 28 }, (error, out, err) => {
      resolve({ code: error ? error.code : 0, out, err });
    });
  });
}

// The same of an operator's command beside the running server.
export const qrgate = (server, ...words) => run(server.binary, ['--data', server.data, ...words]);

// What an operator's command prints, which must end well.
export async function printed(server, ...words) {
  const { code, out, err } = await qrgate(server, ...words);
  assert.equal(code, 0, `${words.join(' ')}: ${err}`);
  return out;
}
