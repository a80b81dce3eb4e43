// Requests with a body, flat out, by node: for a peer's password logins, where the peer is the slow side by far.
import http from 'node:http';

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

// → {answered, seconds}; another status than 200 ends it with an error.
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
  const [before, began] = [answered, performance.now()];
  await Promise.race([pause(seconds), lanes]);
  const found = { answered: answered - before, seconds: (performance.now() - began) / 1000 };
  over = true;
  await lanes;
  agent.destroy();
  return found;
}
