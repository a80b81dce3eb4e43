// What every attack of this folder is made of: a tool that runs for so long and no longer, a server of its own, and a
// report of lines that passed or did not. A line's figures are read from the tool's own output, never guessed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export class Report {
  lines = [];

  constructor(tool) {
    this.tool = tool;
  }

  // `explained`: why a finding stays, or what a figure means; ends up in docs/attackers.md.
  line(stage, pass, figures, explained = '') {
    this.lines.push({ stage, pass, figures, explained });
    console.log(`${this.tool} ${stage}: ${pass ? 'pass' : 'FAIL'}  ${figures}`);
  }
}

// Runs it to its end, at most `within_s`; → {output, status, took_s, late}. Never in a shell.
export async function tool(program, args, { within_s, cwd, env = {} }) {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const began = Date.now();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { output += part; });
  let late = false;
  const bell = setTimeout(() => {
    late = true;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
  }, within_s * 1000);
  const [status] = await once(child, 'close');
  clearTimeout(bell);
  return { output, status, late, took_s: (Date.now() - began) / 1000 };
}

export async function withFolder(work) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'qrgate-attack-'));
  try {
    return await work(folder);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

// `work(server)` beside a server that is stopped afterwards, and must stop cleanly.
export async function withServer(server, work) {
  try {
    return await work(server);
  } finally {
    const ended = await server.stop();
    if (ended !== 0) throw new Error(`the server ended with ${ended}:\n${server.log.slice(-2000)}`);
  }
}
