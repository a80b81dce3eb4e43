// Several server processes on one database: the first brings its private PostgreSQL, the others share it and its keys.
import { Server } from '../servers.mjs';

const NODES = '0123456789abcdefghijklmnopqrstuvwxyz';

export async function withServers(count, use, settings = {}) {
  const servers = [];
  try {
    servers.push(await Server.start({ demo: false, node: NODES[0], settings }));
    for (let n = 1; n < count; n += 1) servers.push(await Server.start({ demo: false, node: NODES[n], beside: servers[0], settings }));
    return await use(servers);
  } finally {
    // The one with the database goes last.
    await Promise.all(servers.slice(1).map((server) => server.stop()));
    await servers[0]?.stop();
  }
}
