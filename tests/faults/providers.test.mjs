// Providers of texts and of face checks that hang, fail or break off: whoever logs in another way does not notice, who
// needs them is told within the deadline, and when they are back so is everything. The server runs as in earnest (no
// demo), over the data of one.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { people } from '../outside_client/demo.mjs';
import { freshBrowser } from '../outside_client/password.mjs';
import { readyPhone } from '../support/phone.mjs';
import { Server } from '../support/server.mjs';
import { addressOf } from '../support/private_database.mjs';
import { aftermath } from './support/aftermath.mjs';
import { longer } from './support/lengths.mjs';
import { Load, readyPhones } from './support/logins.mjs';
import { freshBudgets } from './support/postgres.mjs';

const ROUNDS = longer(2, 9); // a person may begin ten face checks an hour: these, and the one that shows the provider is back
const MANY = 40;

let server;
let phones;
let applicant; // somebody's phone whose person wants a face check
let provider;
let behave; // (request, answer) → void
let asked = 0;

function answersWell(request, answer) {
  answer.setHeader('content-type', 'application/json');
  if (request.method === 'POST' && request.url.endsWith('/proofings')) {
    answer.statusCode = 201;
    answer.end(JSON.stringify({ reference: `r${asked}`, url: 'https://provider.example/check' }));
  } else {
    answer.end(request.method === 'GET' ? JSON.stringify({ state: 'open', event_id: '', reason: '' }) : '{}');
  }
}

const TROUBLES = {
  'that hang': () => {},
  'that break off in the middle of an answer': (_, answer) => {
    answer.writeHead(201, { 'content-type': 'application/json', 'content-length': 500 });
    answer.write('{"reference":');
    setTimeout(() => answer.destroy(), 20);
  },
  'that fail': (_, answer) => {
    answer.statusCode = 500;
    answer.end('Internal Server Error');
  },
};

before(async () => {
  provider = http.createServer((request, answer) => {
    request.resume();
    request.on('end', () => {
      asked += 1;
      behave(request, answer);
    });
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const at = `http://127.0.0.1:${provider.address().port}`;
  server = await Server.start();
  phones = await readyPhones(server, [people.lin, people.gongsi]);
  applicant = await readyPhone(server, people.qian);
  server.words = ['serve', '--bench', '--set', 'login.captcha=off', '--set', 'qr.redeem_time=10m',
    '--set', 'sms.provider=http', '--set', 'sms.key=k', '--set', `sms.url=${at}/send`, '--set', 'sms.deadline=1s',
    '--set', 'proofing.provider=http', '--set', 'proofing.key=p', '--set', `proofing.url=${at}`, '--set', 'proofing.deadline=1s'];
  await server.restart();
});
after(async () => {
  provider?.closeAllConnections();
  provider?.close();
  assert.equal(await server?.stop(), 0);
});

async function consents() {
  const { json } = await applicant.call('GET', '/proofing');
  return json.consents.map(({ text, version }) => ({ text, version }));
}
const beginCheck = (consented) => applicant.call('POST', '/proofing', { consents: consented });

async function askForCode(phone) {
  const browser = await freshBrowser(server.origin);
  return browser.call('POST', '/api/v1/sms/login', { kind: 'personal', phone, captcha_id: '', captcha: '' });
}

let unused = 0;
for (const [what, trouble] of Object.entries(TROUBLES)) {
  test(`providers ${what}`, async (t) => {
    const consented = await consents();
    await freshBudgets(await addressOf(server));
    const load = new Load(server, phones, { pause_ms: 300 });
    await load.more(1);
    behave = trouble;
    const codes = Promise.all(Array.from({ length: MANY }, () => askForCode(`1371234${String(1000 + unused++)}`)));
    for (let round = 0; round < ROUNDS; round++) {
      const began = Date.now();
      const answer = await beginCheck(consented);
      t.diagnostic(`face check ${answer.verdict} after ${Date.now() - began} ms`);
      assert.equal(answer.verdict, '503 busy');
    }
    for (const answer of await codes) assert.ok([202, 429].includes(answer.status), answer.text);
    await load.more(2);
    behave = answersWell;
    const since = Date.now();
    provider.closeAllConnections();
    const again = await beginCheck(consented);
    assert.ok(again.status < 300, `the provider is back: ${again.text}`);
    await aftermath(t, server, load, { since, at: await addressOf(server) });
  });
}
