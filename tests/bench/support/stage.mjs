// What the tests of qrgate-bench begin with: a server with people in it, a folder, and the bench run to its end.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before } from 'node:test';
import { environment, temporaryFolder } from '../../../bench/child.mjs';
import { importPeople } from '../../../bench/goals/people.mjs';
import { QRGATE_BENCH } from '../../../bench/paths.mjs';
import { Server } from '../../../bench/servers.mjs';

// → {server, folder, people} once the tests run; `people`: the file of `count` of them.
export function benchStage(name, count) {
  const stage = {
    // → {code, complaint}. Bounded: a bench that does not end has failed.
    run: (...words) => new Promise((resolve) => {
      execFile(QRGATE_BENCH, words.map(String), { timeout: 150_000, env: environment() }, (error, _, complaint) => {
        resolve({ code: error ? error.code ?? error.signal : 0, complaint });
      });
    }),
    // What it wrote of a measurement, which must end well.
    async measured(...words) {
      const file = path.join(stage.folder, 'result.json');
      const { code, complaint } = await stage.run(...words, '--json', file, '--quiet');
      assert.equal(code, 0, complaint);
      return JSON.parse(await fs.readFile(file, 'utf8'));
    },
  };
  before(async () => {
    stage.folder = await temporaryFolder(name);
    stage.server = await Server.start({ settings: { 'log.level': 'warn' } });
    stage.people = await importPeople(stage.server, count);
  });
  after(async () => {
    await stage.server?.stop();
    await fs.rm(stage.folder, { recursive: true, force: true });
  });
  return stage;
}
