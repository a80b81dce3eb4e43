// A phone without a page, for tests that look at the PC: the outside client's, with the usual steps in one call.
import { Phone } from '../outside_client/phone.mjs';
import { PASSPHRASE } from '../outside_client/qr.mjs';

function done(answer) {
  if (answer.status >= 300) throw new Error(`${answer.what}: ${answer.status} ${answer.text}`);
  return answer.json;
}

// Logged in and with a certificate. Moves the demo clock when a text was sent less than 60 s ago.
export async function readyPhone(server, person) {
  const phone = new Phone(server.origin, person);
  done(await phone.login());
  const { answer, certificate } = await phone.makeCertificate(PASSPHRASE);
  done(answer);
  return Object.assign(phone, { certificate });
}

export function tokenOf(url) {
  const { pathname } = new URL(url);
  if (!pathname.startsWith('/s/')) throw new Error(`${url} is not the address of a ticket`);
  return pathname.slice('/s/'.length);
}

export async function scan(phone, url) {
  return done(await phone.scan(tokenOf(url), { certificate: phone.certificate.serial }));
}

export async function confirm(phone, scanned) {
  done(await phone.unlock(phone.certificate, PASSPHRASE));
  return done(await phone.confirm(scanned.ticket, phone.certificate, scanned.text));
}

export async function deny(phone, scanned) {
  done(await phone.deny(scanned.ticket));
}
