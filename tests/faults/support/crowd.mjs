// Many sockets at once: some say nothing, some half a request, some a whole one whose answer they never read, some wait
// for a QR code. Each loopback address of ours has ports of its own, and a reset leaves none behind.
import { once } from 'node:events';
import net from 'node:net';
import { Browser } from '../../outside_client/http.mjs';

const AT_A_TIME = 500;
const PER_ADDRESS = 4000;

function words(kind, host, origin, cookie) {
  if (kind === 'half') return 'GET /login HTTP/1.1\r\nHost: ';
  if (kind === 'unread') return `GET /login HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  if (kind === 'waiting') {
    return `GET /ws/qr HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\n` +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      'Sec-WebSocket-Protocol: qrgate.v1\r\n\r\n';
  }
  return '';
}
const KINDS = ['silent', 'half', 'unread', 'waiting'];

async function one(port, origin, number, cookies, kinds) {
  const socket = net.connect({ host: '127.0.0.1', port, localAddress: `127.0.0.${2 + Math.floor(number / PER_ADDRESS) % 200}` });
  socket.on('error', () => {});
  await once(socket, 'connect').catch(() => {});
  socket.pause();
  const said = words(kinds[number % kinds.length], new URL(origin).host, origin, cookies[number % cookies.length]);
  if (said) socket.write(said);
  return socket;
}

const visitors = (origin, count) => Promise.all(Array.from({ length: count }, async () => {
  const browser = new Browser(origin);
  await browser.call('GET', '/api/v1/context');
  return browser.cookie;
}));

// `first`: number of the first one. → sockets, connected.
export async function crowd(port, origin, count, first = 0, kinds = KINDS) {
  // A browser has one seat: who is to wait needs a cookie of its own, the others have none to lose.
  const wanted = kinds.length === 1 && kinds[0] === 'waiting' ? count : Math.min(100, count);
  const cookies = [];
  while (cookies.length < wanted) cookies.push(...await visitors(origin, Math.min(100, wanted - cookies.length)));
  const sockets = [];
  while (sockets.length < count) {
    const batch = Math.min(AT_A_TIME, count - sockets.length);
    sockets.push(...await Promise.all(Array.from({ length: batch }, (_, i) => one(port, origin, first + sockets.length + i, cookies, kinds))));
  }
  return sockets;
}

export function drop(sockets) {
  for (const socket of sockets) socket.resetAndDestroy();
}
