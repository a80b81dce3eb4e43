// Consent and distance (security.md 1.4: Q2, Q3, Q21, Q27; 1.5: proximity, request initiation verification): what the phone
// shows of the PC, and the code typed at the PC where both are in different regions. Addresses come by X-Forwarded-For.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Phone } from '../outside_client/phone.mjs';
import { Waiting } from '../outside_client/waiting.mjs';
import { asBrowser, releasedTogether, verdicts } from './support/last_byte.mjs';
import { people, succeeded, world } from './support/world.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'qrgate-places-'));
const places = path.join(folder, 'places.csv');
fs.writeFileSync(places, ['network,place,kind', '203.0.113.0/25,江苏 南京,region', '203.0.113.128/25,江苏 南京,region',
  '198.51.100.0/24,广东 深圳,region', '192.0.2.0/24,某云 上海,datacentre', ''].join('\n'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const here = world({ QRGATE_PLACE_TABLE: places, QRGATE_QR_TYPED_CODE: 'risk' });

const NANJING = '203.0.113.10';
const ALSO_NANJING = '203.0.113.200';
const SHENZHEN = '198.51.100.10';
const DATACENTRE = '192.0.2.10';
const REDEEM = '/api/v1/qr/redeem';

// lin's phone, as seen from `address`.
let phone;
async function phoneAt(address) {
  if (!phone) {
    phone = new Phone(here.base, people.lin);
    succeeded(await phone.login());
    phone.certificate = (await phone.makeCertificate('392817')).certificate;
    phone.plain = phone.call.bind(phone);
  }
  phone.call = (method, target, body, headers = {}) => phone.plain(method, target, body, { 'x-forwarded-for': address, ...headers });
  return phone;
}

// A PC at one address and a phone at another, up to the confirmation.
async function confirmedFrom(pc_address, phone_address) {
  const browser = await here.distant(pc_address);
  const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';
  const socket = await Waiting.open(browser, { more: { 'x-forwarded-for': pc_address, 'user-agent': agent } });
  const { token } = await socket.code();
  const lin = await phoneAt(phone_address);
  const scan = succeeded(await lin.scan(token, { certificate: lin.certificate.serial })).json;
  await socket.message('scanned');
  const answer = succeeded(await lin.confirm(token, lin.certificate, scan.text));
  const message = await socket.message('confirmed', ['needs_code']);
  return { browser, socket, token, scan, answer, needs_code: message.needs_code ?? false };
}

const redeem = ({ browser }, body) => browser.call('POST', REDEEM, body);

test('Q2 QRLJacking: the phone is shown browser, system, address, place and time of the PC, and signs what it is shown', async () => {
  const ticket = await confirmedFrom(SHENZHEN, SHENZHEN);
  const { browser, text, origin } = ticket.scan;
  assert.deepEqual([browser.family, browser.os, browser.address, browser.place], ['Chrome', 'Windows', SHENZHEN, '广东 深圳']);
  assert.match(browser.started_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(origin, here.base);
  for (const line of [`origin: ${here.base}`, 'browser: Chrome on Windows', `address: ${SHENZHEN}`, `started: ${browser.started_at}`]) {
    assert.ok(text.split('\n').includes(line), line);
  }
  ticket.socket.close();
});

test('Q3 second transfer: from another region the login needs the code that the phone shows, typed at the PC', async () => {
  const ticket = await confirmedFrom(NANJING, SHENZHEN);
  assert.equal(ticket.needs_code, true);
  const { code } = ticket.answer.json;
  assert.match(code, /^\w{4,8}$/);
  assert.match((await redeem(ticket)).verdict, /^(403 code_wrong|400 bad_request|409 ticket_state)$/, 'without a code');
  succeeded(await redeem(ticket, { code }));
  ticket.socket.close();
});

test('Q3 second transfer: three wrong codes kill the ticket, the right one comes too late', async () => {
  const ticket = await confirmedFrom(NANJING, SHENZHEN);
  const { code } = ticket.answer.json;
  const wrong = code.replace(/.$/, (last) => (last === '1' ? '2' : '1'));
  for (let i = 0; i < 3; ++i) assert.equal((await redeem(ticket, { code: wrong })).verdict, '403 code_wrong');
  assert.match((await redeem(ticket, { code })).verdict, /^(409 ticket_state|404 ticket_unknown)$/);
  assert.equal((await ticket.browser.call('GET', '/api/v1/session')).status, 401);
  ticket.socket.close();
});

test('Q3 second transfer: twenty wrong codes at once are three tries', async () => {
  const ticket = await confirmedFrom(NANJING, SHENZHEN);
  const { code } = ticket.answer.json;
  const wrong = code.replace(/.$/, (last) => (last === '1' ? '2' : '1'));
  const answers = await releasedTogether(here.base, Array.from({ length: 20 }, () =>
    asBrowser(ticket.browser, 'POST', REDEEM, { code: wrong }, { 'x-forwarded-for': NANJING })));
  assert.deepEqual(verdicts(answers), { '403 code_wrong': 3, '409 ticket_state': 17 });
  assert.match((await redeem(ticket, { code })).verdict, /^409 ticket_state$/);
  ticket.socket.close();
});

test('Establish Proximity: two networks of one region need no code, a data centre does, and an unknown place is no reason', async () => {
  const cases = [[NANJING, ALSO_NANJING, false], [DATACENTRE, NANJING, true], ['127.0.0.1', '127.0.0.1', false]];
  for (const [pc, mobile, needs_code] of cases) {
    const ticket = await confirmedFrom(pc, mobile);
    assert.equal(ticket.needs_code, needs_code, `${pc} and ${mobile}`);
    assert.equal(ticket.answer.status, needs_code ? 200 : 204);
    ticket.socket.close();
  }
});

test("Q21 Reverse phishing: a stranger far away who confirms a ticket that they only saw opens nothing at the victim's PC", async () => {
  const ticket = await confirmedFrom(NANJING, SHENZHEN);
  assert.match((await redeem(ticket)).verdict, /^(403 code_wrong|400 bad_request|409 ticket_state)$/, 'what the page does by itself');
  assert.equal((await ticket.browser.call('GET', '/api/v1/session')).status, 401);
  ticket.socket.close();
});
