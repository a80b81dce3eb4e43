// Many requests that arrive as one: every socket sends all but its last octet, then the last octets are released
// together, so that the server has all of them in hand before it answers the first.
import net from 'node:net';
import { Answer } from '../../outside_client/http.mjs';

const TIMEOUT_MS = 40_000;
const CRLF2 = '\r\n\r\n';

// What `browser` (a Browser of the outside client) would send; `body` as there.
export function asBrowser(browser, method, path, body, headers = {}) {
  return { method, path, body, headers: { origin: browser.origin, cookie: browser.cookie, ...headers } };
}

export function asPhone(phone, method, path, body) {
  return { method, path: `/api/v1/phone${path}`, body, headers: { authorization: `Bearer ${phone.token}` } };
}

// The octets of a request; its connection is closed after the answer.
export function octetsOf(base, { method, path, headers = {}, body }) {
  const payload = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const all = {
    host: new URL(base).host, connection: 'close', 'accept-language': 'en',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }), 'content-length': Buffer.byteLength(payload),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${payload}`);
}

function connect(base) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port), noDelay: true });
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
}

const write = (socket, octets) => new Promise((resolve, reject) => {
  socket.write(octets, (error) => (error ? reject(error) : resolve()));
});

// Everything that the server says until it closes.
export function heard(socket) {
  const parts = [];
  return new Promise((resolve, reject) => {
    const bell = setTimeout(() => socket.destroy(new Error(`no end of the answer in ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    socket.on('data', (part) => parts.push(part));
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(bell);
      resolve(Buffer.concat(parts));
    });
  });
}

export function answerOf(what, octets) {
  const end = octets.indexOf(CRLF2);
  if (end < 0) throw new Error(`${what}: ${octets.length} octets, no head of an answer`);
  const [status_line, ...lines] = octets.subarray(0, end).toString('latin1').split('\r\n');
  const headers = {};
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    const value = line.slice(line.indexOf(':') + 1).trim();
    if (name === 'set-cookie') (headers[name] ??= []).push(value);
    else headers[name] = value;
  }
  return new Answer(what, { statusCode: Number(status_line.split(' ')[1]), headers }, octets.subarray(end + CRLF2.length));
}

// The answers in the order of the requests.
export async function releasedTogether(base, requests) {
  const all = requests.map((request) => octetsOf(base, request));
  const sockets = await Promise.all(requests.map(() => connect(base)));
  try {
    const answers = sockets.map(heard);
    await Promise.all(sockets.map((socket, i) => write(socket, all[i].subarray(0, -1))));
    sockets.forEach((socket, i) => socket.write(all[i].subarray(-1)));
    const said = await Promise.all(answers);
    return said.map((octets, i) => answerOf(`${requests[i].method} ${requests[i].path}`, octets));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

// → {'200': 1, '409 ticket_state': 49}
export function verdicts(answers) {
  const counted = {};
  for (const { verdict } of answers) counted[verdict] = (counted[verdict] ?? 0) + 1;
  return counted;
}
