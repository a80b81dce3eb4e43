// slowhttptest: slow heads, slow bodies, slow reading, 500 connections from one address. Rule: a login beside it stays
// under a second (or thrice what it took before, on a busy machine), connections are cut at their deadline, and one
// address gets no more connections than it may have.
import fs from 'node:fs/promises';
import path from 'node:path';
import { Server } from '../support/server.mjs';
import { people } from '../outside_client/demo.mjs';
import { Login, movedTo, readyPhones } from '../faults/support/logins.mjs';
import { descriptors } from '../faults/support/process.mjs';
import { Proxy } from '../faults/support/proxy.mjs';
import { Report, tool, withFolder, withServer } from './attack.mjs';

export const minutes = 3;
export const packages = ['slowhttptest'];

const CAP = 200;
const READ_DEADLINE_S = 10;
const IDLE_DEADLINE_S = 15; // who takes an answer that fits the kernel's buffers is an idle client, however slowly it reads
const LENGTH_S = 40;
const SPARE = 12; // connections of the logins
const CONNECTIONS = 500;

// People take turns, as a person may scan 60 codes in 10 minutes.
async function loginTimes(server, base, phones, during) {
  const times = [];
  let over = false;
  during.finally(() => { over = true; });
  do {
    const began = Date.now();
    phones.push(phones.shift());
    await new Login(base, server.origin, phones[0]).all();
    times.push(Date.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 500));
  } while (!over);
  return times;
}

// The tool's table: second, closed, pending, connected, service available.
async function readTable(file) {
  const [, ...rows] = (await fs.readFile(`${file}.csv`, 'utf8')).trim().split('\n');
  return rows.map((row) => row.split(',').map(Number));
}

const STAGES = {
  header: ['-H', '-u'],
  body: ['-B', '-s', '8192', '-t', 'POST', '-u'],
  read: ['-X', '-w', '1', '-y', '1', '-n', '5', '-z', '1', '-k', '10', '-u'],
};

export async function run() {
  const report = new Report('slowhttptest');
  const server = await Server.start();
  await withServer(server, async () => {
    const home = await readyPhones(server, [people.lin, people.zhao, people.gongsi]);
    // In earnest: limits of addresses count for loopback too.
    server.words = ['serve', '--set', `http.connections_per_address=${CAP}`, '--set', `http.read_deadline=${READ_DEADLINE_S}s`,
      '--set', `http.idle_deadline=${IDLE_DEADLINE_S}s`];
    await server.restart();
    const proxy = await Proxy.start({ host: '127.0.0.1', port: server.port, localAddress: '127.0.0.9' });
    const base = `http://127.0.0.1:${proxy.port}`;
    const phones = home.map((phone) => movedTo(phone, base));
    await loginTimes(server, base, phones, Promise.resolve()); // the first fills caches
    const quiet = Math.max(...await loginTimes(server, base, phones, new Promise((resolve) => setTimeout(resolve, 3000))));
    for (const [stage, words] of Object.entries(STAGES)) {
      await withFolder((folder) => attack({ report, server, base, phones, quiet, stage, words, folder }));
    }
    await proxy.stop();
  });
  return report;
}

async function attack({ report, server, base, phones, quiet, stage, words, folder }) {
  const at_first = await descriptors(server.process_id);
  const file = path.join(folder, 'out');
  const page = stage === 'body' ? '/api/v1/login/password' : '/login';
  let most = 0;
  let open = 0;
  const watch = setInterval(async () => {
    open = await descriptors(server.process_id) - at_first;
    most = Math.max(most, open);
  }, 250);
  const attacking = tool('slowhttptest', ['-c', `${CONNECTIONS}`, '-i', '5', '-r', '100', '-l', `${LENGTH_S}`, '-p', '3',
    '-g', '-o', file, ...words, `http://127.0.0.1:${server.port}${page}`], { within_s: LENGTH_S + 60 });
  let times;
  let output;
  try {
    times = await loginTimes(server, base, phones, attacking);
  } finally {
    ({ output } = await attacking);
    clearInterval(watch);
  }
  const rows = await readTable(file);
  const held = Math.max(...rows.map(([, , , connected]) => connected));
  const closed = rows.at(-1)[1];
  const slowest = Math.max(...times);
  const allowed = Math.max(1000, 3 * quiet);
  const cap_held = most <= CAP + 40;
  const ended = (/Exit status:\s*(.*)/.exec(output)?.[1] ?? 'nothing').replace(/\x1b\[[\d;]*m/g, '').trim();
  const all_cut = open <= SPARE || /No open connections left/.test(ended);
  report.line(stage, slowest <= allowed && cap_held && all_cut && closed > 0,
    `${CONNECTIONS} connections, at most ${held} open for the tool and ${most} at the server (cap ${CAP}), ${closed} closed, ` +
    `${open} left at the server after ${rows.at(-1)[0]} s ("${ended}"); ${times.length} whole logins beside it, slowest ${slowest} ms (${quiet} ms without)`,
    'The tool says that the service is unavailable when its own probe, from the same address, is refused by the limit of connections per address: that is the limit.');
}
