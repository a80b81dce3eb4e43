// A push server as somebody would write it with node's `ws`: one subscriber a channel, no compression.
//   node bench/peers/ws_server.mjs PORT
import http from 'node:http';
import { WebSocketServer } from 'ws';

const subscribers = new Map();
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 4096 });

function publish(request, response, id) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const socket = subscribers.get(id);
    socket?.send(Buffer.concat(parts), { binary: false });
    response.writeHead(socket ? 201 : 202, { 'content-length': 0 });
    response.end();
  });
}

const server = http.createServer((request, response) => {
  const id = /^\/pub\/(.+)$/.exec(request.url)?.[1];
  if (request.method === 'POST' && id) return publish(request, response, id);
  response.writeHead(request.url === '/ready' ? 200 : 404, { 'content-length': 0 });
  return response.end();
});
server.keepAliveTimeout = 600_000;
server.on('upgrade', (request, socket, head) => {
  const id = /^\/sub\/(.+)$/.exec(request.url)?.[1];
  if (!id) return socket.destroy();
  return sockets.handleUpgrade(request, socket, head, (client) => {
    subscribers.set(id, client);
    client.on('close', () => subscribers.get(id) === client && subscribers.delete(id));
    client.on('error', () => {});
  });
});
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 8192 });
process.on('SIGTERM', () => process.exit(0));
