// Several server processes: on one database (the first brings its private PostgreSQL, the others share it and its
// keys), or `apart`, each with its own.
import { Server } from '../servers.mjs';

const NODES = '0123456789abcdefghijklmnopqrstuvwxyz';

// `options`: as Server.start takes them, for all.
export async function withServers(count, use, { apart = false, ...options } = {}) {
  const servers = [];
  try {
    servers.push(await Server.start({ demo: false, ...options, node: NODES[0] }));
    for (let n = 1; n < count; n += 1) servers.push(await Server.start({ demo: false, ...options, node: NODES[n], ...(apart ? {} : { beside: servers[0] }) }));
    return await use(servers);
  } finally {
    // The one with the database goes last.
    await Promise.all(servers.slice(1).map((server) => server.stop()));
    await servers[0]?.stop();
  }
}
