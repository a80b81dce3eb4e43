// One connection that says any octets, and what the server says to them until it closes (or has been silent for long).
import net from 'node:net';

const SILENCE_MS = 4000; // only who keeps the connection open is waited for so long

// `said`: a string (latin1: each character is one octet) or a Buffer. → the answer as latin1 text, and whether the
// server closed the connection by itself.
export function say(base, said, { silence_ms = SILENCE_MS } = {}) {
  const { port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
    let text = '';
    let bell;
    const over = (closed) => {
      clearTimeout(bell);
      socket.destroy();
      resolve({ text, closed, statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)) });
    };
    const wait = () => {
      clearTimeout(bell);
      bell = setTimeout(over, silence_ms, false);
    };
    socket.on('connect', () => {
      socket.write(Buffer.isBuffer(said) ? said : Buffer.from(said, 'latin1'));
      wait();
    });
    socket.on('data', (part) => {
      text += part.toString('latin1');
      wait();
    });
    socket.once('end', () => over(true));
    socket.once('error', (error) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? over(true) : reject(error)));
  });
}

// An answer without what differs from one moment to the next.
export const timeless = (text) => text.replace(/^date: .*\r\n/gim, '');
