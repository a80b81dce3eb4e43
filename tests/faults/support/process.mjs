// What a process holds: descriptors and memory.
import fs from 'node:fs/promises';

export async function descriptors(process_id) {
  return (await fs.readdir(`/proc/${process_id}/fd`)).length;
}

export async function resident_mib(process_id) {
  const status = await fs.readFile(`/proc/${process_id}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) / 1024;
}
