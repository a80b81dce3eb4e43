// What an operator types beside the running server.
import fs from 'node:fs/promises';
import path from 'node:path';
import { printed } from '../../support/command.mjs';

// People of an older system, one object each, as `qrgate people import` takes them.
export async function importPeople(server, rows) {
  const file = path.join(server.data, 'people.jsonl');
  await fs.writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return printed(server, 'people', 'import', file);
}
