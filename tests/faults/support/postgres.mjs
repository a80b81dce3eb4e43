// What a fault does to a database besides killing it.
import net from 'node:net';
import { ask } from '../../support/private_database.mjs';

// What earlier tests used up counts against nobody: outside the demo a person may scan 60 codes in 10 minutes.
export const freshBudgets = (at) => ask(at, 'DELETE FROM budget');

// One connection of somebody else's: takes a place among max_connections and can say one thing. The frontend's
// protocol 3.0, trusted, no answer looked at beyond "ready" or "refused".
export class Squatter {
  // undefined: PostgreSQL had no place (or was not there).
  static async open(socket_file) {
    const socket = net.connect(socket_file);
    socket.on('error', () => {});
    const words = Buffer.from('user\0qrgate\0database\0postgres\0\0');
    const head = Buffer.alloc(8);
    head.writeInt32BE(words.length + 8, 0);
    head.writeInt32BE(196_608, 4);
    socket.write(Buffer.concat([head, words]));
    const first = await new Promise((resolve) => {
      socket.once('data', (part) => resolve(String.fromCharCode(part[0])));
      socket.once('close', () => resolve(''));
    });
    if (first !== 'R') {
      socket.destroy();
      return undefined;
    }
    socket.resume();
    return new Squatter(socket);
  }

  constructor(socket) {
    this.socket = socket;
  }

  say(sql) {
    const text = Buffer.from(`${sql}\0`);
    const head = Buffer.alloc(5);
    head.write('Q');
    head.writeInt32BE(text.length + 4, 1);
    this.socket.write(Buffer.concat([head, text]));
  }

  close() {
    this.socket.destroy();
  }
}
