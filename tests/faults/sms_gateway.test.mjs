// A gateway that hangs or fails: nobody who logs in another way waits for it, nobody who asks for a code learns
// whether there is somebody, and operators see it. The server runs as in earnest (no demo), over the data of one.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { people } from '../outside_client/demo.mjs';
import { freshBrowser } from '../outside_client/password.mjs';
import { until } from '../support/until.mjs';
import { metricSum } from '../support/metrics.mjs';
import { logInWithoutCaptcha } from '../support/password_login.mjs';
import { Server } from '../support/server.mjs';

const KEY = 'the key of the gateway';
const { lin, gongsi } = people;

let server;
let gateway;
let behave; // (request, body, answer) → void
const heard = []; // what the gateway was asked

before(async () => {
  gateway = http.createServer((request, answer) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      behave(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  server = await Server.start(); // makes the people
  // No demo: texts go to the gateway; captchas may be off on this machine
  server.words = ['serve', '--bench', '--set', 'login.captcha=off', '--set', 'sms.provider=http', '--set', `sms.key=${KEY}`,
    '--set', `sms.url=http://127.0.0.1:${gateway.address().port}/send`, '--set', 'sms.deadline=1s', '--set', 'sms.tries=2'];
  await server.restart();
});

after(async () => {
  gateway?.closeAllConnections();
  gateway?.close();
  assert.equal(await server?.stop(), 0);
});

const askFor = (who, phone, kind = 'personal') =>
  who.call('POST', '/api/v1/sms/login', { kind, phone, captcha_id: '', captcha: '' });

const failures = () => metricSum(server, /^qrgate_sms_total\{result="failed"\}/);

test('a gateway that hangs holds up nobody, and is seen', async () => {
  behave = () => {}; // never answers
  const before_it = await failures();
  const known = await askFor(await freshBrowser(server.origin), lin.phone);
  const unknown = await askFor(await freshBrowser(server.origin), '13911112222');
  assert.equal(known.verdict, '202');
  assert.equal(known.text, unknown.text);

  // While it hangs: the password door is open.
  const who = await freshBrowser(server.origin);
  const inside = await logInWithoutCaptcha(who, lin);
  assert.equal(inside.verdict, '200');

  await until('the count of failed texts', async () => (await failures()) > before_it);
  assert.match(server.log, /sms_try_failed .*why=timed_out/);
  assert.match(server.log, /sms_failed text=login_code/);
  const tries = heard.filter(({ body }) => body.includes(lin.phone));
  assert.equal(tries.length, 2, 'tried again once');
  assert.equal(new Set(tries.map(({ headers }) => headers['idempotency-key'])).size, 1, 'with the same key');
  assert.ok(!server.log.includes(lin.phone), 'no number in the log');
});

test('a gateway that fails is asked again, and what it takes opens a session', async () => {
  heard.length = 0;
  behave = (answer) => {
    answer.statusCode = heard.length === 1 ? 503 : 200;
    answer.end('{}');
  };
  const who = await freshBrowser(server.origin);
  assert.equal((await askFor(who, gongsi.phone, 'corporate')).verdict, '202');
  await until('the second try', async () => heard.length === 2);

  const { headers, body } = heard[1];
  const wanted = createHmac('sha256', KEY).update(`${headers['x-qrgate-timestamp']}.${body}`).digest('hex');
  assert.equal(headers['x-qrgate-signature'], `v1=${wanted}`);
  const { to, text, key } = JSON.parse(body);
  assert.equal(to, gongsi.phone);
  assert.equal(key, headers['idempotency-key']);
  const code = /^\d{6}/.exec(text)[0];
  assert.equal((await who.call('POST', '/api/v1/login/sms', { kind: 'corporate', phone: to, code })).verdict, '200');
  assert.ok(!server.log.includes(code), 'no code in the log');
});
