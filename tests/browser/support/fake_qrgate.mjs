#!/usr/bin/env node
// Stands for qrgate in the tests of the harness itself: takes the same options, is ready after a moment, notes each
// start in its data folder, and can be told to end at once or to ignore SIGTERM.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const args = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
console.log('fake qrgate', args.join(' '));
if (args.includes('--end-at-once')) process.exit(3);

fs.appendFileSync(path.join(option('--data'), 'starts'), 'x');
const born = Date.now();
http.createServer((_, response) => {
  response.statusCode = Date.now() - born > 200 ? 200 : 503;
  response.end();
}).listen(Number(option('--admin-port')), '127.0.0.1');
http.createServer((_, response) => {
  response.end(fs.readFileSync(path.join(option('--data'), 'starts')));
}).listen(Number(option('--port')), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
