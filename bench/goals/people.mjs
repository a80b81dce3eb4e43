// People for a load: written once a run by bench/people.mjs, imported into each server that needs them.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { TOP } from '../paths.mjs';

// Writes the CSV of `count` people into the server's own folder and imports it → the file.
export async function importPeople(server, count) {
  const file = path.join(server.data, 'people.csv');
  const writer = spawn(process.execPath, [path.join(TOP, 'bench/people.mjs'), String(count)], { stdio: ['ignore', fs.openSync(file, 'w'), 'inherit'] });
  const [code] = await once(writer, 'exit');
  if (code !== 0) throw new Error('bench/people.mjs wrote no people');
  await server.command('people', 'import', file);
  return file;
}
