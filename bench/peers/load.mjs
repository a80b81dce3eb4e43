// Requests flat out to a peer that needs a cookie, by node: the peer is the slow side here, not this. Counts what was
// answered and what processor time the peer's process took for it.
import fs from 'node:fs/promises';
import http from 'node:http';

const TICKS_A_SECOND = 100; // USER_HZ, the same on every Linux that Debian runs on

// Seconds of user and system time of all threads of a process.
export async function cpuSeconds(pid) {
  const text = await fs.readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

function ask(agent, url, { method = 'GET', headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    request.on('error', reject);
    request.end(body);
  });
}

// → {answered, seconds, cpu_s}; another status than 200 ends it with an error.
export async function flatOut(peer, path, { seconds, warmup = 1, connections = 16, ...request }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const url = `${peer.url}${path}`;
  let answered = 0;
  let over = false;
  const lane = async () => {
    while (!over) {
      const status = await ask(agent, url, request);
      if (status !== 200) throw new Error(`${path} answered ${status}`);
      answered += 1;
    }
  };
  const pause = (time) => new Promise((resolve) => setTimeout(resolve, time * 1000));
  const lanes = Promise.all(Array.from({ length: connections }, lane)).finally(() => { over = true; });
  await Promise.race([pause(warmup), lanes]);
  const [cpu_before, before, began] = [await cpuSeconds(peer.pid), answered, performance.now()];
  await Promise.race([pause(seconds), lanes]);
  const found = { answered: answered - before, seconds: (performance.now() - began) / 1000, cpu_s: await cpuSeconds(peer.pid) - cpu_before };
  over = true;
  await lanes;
  agent.destroy();
  return found;
}
