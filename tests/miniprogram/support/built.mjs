// The mini-program, built once for a test file into a folder of its own.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildMiniProgram } from '../../../web/miniprogram/build.ts';

export async function built() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'qrgate-mini-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  await buildMiniProgram(folder);
  return folder;
}

export function filesUnder(folder, ending) {
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => path.join(entry.parentPath, entry.name));
}
