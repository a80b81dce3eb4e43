// A PostgreSQL that the test runs and the server only connects to: over the data that a demo made, so that its people
// and phones are there. As root it runs as the owner of its data, as PostgreSQL insists.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import { until } from '../../support/until.mjs';
import { ask } from '../../support/private_database.mjs';

const POSTGRES = '/usr/lib/postgresql/15/bin/postgres';

export class OwnPostgres {
  // `data`: a cluster that nobody runs. Its socket is made in a folder beside.
  static async start(data) {
    const { uid, gid } = await fs.stat(data);
    const socket_folder = await fs.mkdtemp('/tmp/qrgate-pg-');
    await fs.chown(socket_folder, uid, gid);
    const own = Object.assign(new OwnPostgres(), { data, uid, gid, socket_folder });
    own.at = `host='${socket_folder}' port=5432 dbname=postgres user=qrgate`;
    await own.run();
    return own;
  }

  get socket() {
    return `${this.socket_folder}/.s.PGSQL.5432`;
  }

  async run() {
    this.process = spawn(POSTGRES, ['-D', this.data, '-k', this.socket_folder, '-c', 'listen_addresses='],
      { uid: this.uid, gid: this.gid, stdio: ['ignore', 'ignore', 'pipe'] });
    this.log = '';
    this.process.stderr.on('data', (part) => { this.log += part; });
    await until('the PostgreSQL of the test', () => ask(this.at, 'SELECT 1').then(() => true, () => false), 30_000)
      .catch((error) => { throw new Error(`${error.message}\n${this.log}`); });
  }

  async end(signal = 'SIGINT') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const over = once(this.process, 'exit');
    this.process.kill(signal);
    await over;
  }

  async stop() {
    await this.end();
    await fs.rm(this.socket_folder, { recursive: true, force: true });
  }
}
