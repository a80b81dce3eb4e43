// An outside client: written from docs/protocol.md alone, with npm's ws and sm-crypto; shares no code with web/.
// Logs in by password and by QR code against a server in demo mode, then tries what must be refused.
//   node tests/outside_client/main.mjs http://localhost:8080
// One line per check; ends at the first failure with status 1. Can be run again and again.
import { badInput } from './bad_input.mjs';
import { certificateLife } from './certificates.mjs';
import { check, CheckFailed, checksPassed } from './checks.mjs';
import { passwordLogin } from './password.mjs';
import { phonesReady, qrLogin, upgrades } from './qr.mjs';
import { proofing } from './proofing.mjs';
import { refusals } from './refusals.mjs';
import { smsLogin } from './sms.mjs';
import { registration } from './registration.mjs';

const base = process.argv[2];
if (!base) {
  console.error('usage: node tests/outside_client/main.mjs http://localhost:8080');
  process.exit(2);
}

const phones = [];
async function everything() {
  await passwordLogin(base);
  await smsLogin(base);
  await registration(base);
  const setup = await phonesReady(base, phones);
  await qrLogin(setup);
  await upgrades(base);
  await certificateLife(base, setup.zhao);
  await proofing(base, setup.zhao);
  await refusals(setup, phones);
  await badInput(base);
}

let failed = false;
try {
  await everything();
} catch (error) {
  if (!(error instanceof CheckFailed)) console.log(error);
  failed = true;
}
try {
  await check('what was made is deleted again', async () => {
    for (const phone of phones) await phone.cleanUp();
  });
} catch {
  failed = true;
}
console.log(`${checksPassed()} checks passed${failed ? ', 1 failed' : ''}`);
process.exit(failed ? 1 : 0);
