// What an operator types beside the running server.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { environment } from '../../support/server.mjs';

// What it prints; an error with all of it when it does not end well.
export async function qrgate(server, ...words) {
  const { stdout } = await promisify(execFile)(server.binary, ['--data', server.data, ...words], { env: environment() });
  return stdout;
}

// People of an older system, one object each, as `qrgate people import` takes them.
export async function importPeople(server, rows) {
  const file = path.join(server.data, 'people.jsonl');
  await fs.writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return qrgate(server, 'people', 'import', file);
}
