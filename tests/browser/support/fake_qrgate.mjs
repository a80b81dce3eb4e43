#!/usr/bin/env node
// Stands for qrgate in the tests of the harness itself: takes the same settings, is ready after a moment, notes each
// start in its data folder, and can be told to end at once.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const args = process.argv.slice(2);
const { QRGATE_SERVER_PORT: port, QRGATE_ADMIN_PORT: admin_port, QRGATE_DATA_FOLDER: data } = process.env;
console.log('fake qrgate', args.join(' '));
if (args.includes('--end-at-once')) process.exit(3);

const starts = path.join(data, 'starts');
fs.appendFileSync(starts, 'x');
const born = Date.now();
http.createServer((_, response) => {
  response.statusCode = Date.now() - born > 200 ? 200 : 503;
  response.end();
}).listen(Number(admin_port), '127.0.0.1');
http.createServer((_, response) => {
  response.end(fs.readFileSync(starts));
}).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
