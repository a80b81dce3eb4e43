import assert from 'node:assert/strict';
import { openTicket } from '../outside_client/qr.mjs';
import { confirm, scan } from './phone.mjs';

// From the code that a browser shows (openTicket) to its session, by this phone.
export async function finishQrLogin(phone, { browser, socket, code }) {
  await confirm(phone, await scan(phone, code.url));
  const answer = await browser.call('POST', '/api/v1/qr/redeem');
  assert.equal(answer.status, 200, answer.text);
  assert.equal((await browser.call('GET', '/api/v1/session')).status, 200);
  socket.close();
}

// A whole one: the browser that is logged in by it, and the ticket's token.
export async function qrLogin(origin, phone) {
  const ticket = await openTicket(origin);
  await finishQrLogin(phone, ticket);
  return ticket;
}
