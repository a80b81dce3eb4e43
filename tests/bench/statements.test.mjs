// How many statements one QR login asks of the database, counted by the server itself: not a speed, so it is the same on
// a busy machine. Whoever adds one sees it here, and says in docs/performance.md what it is for.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { metricByLabel } from '../support/metrics.mjs';
import { benchStage } from './support/stage.mjs';

const PHONES = 6;
const stage = benchStage('statements', PHONES);

// One run of logins by phones that earlier ones enrolled → how many there were.
async function logins() {
  const { counts } = await stage.measured('login', 'qr', '--url', stage.server.url, '--people', stage.people, '--rate', 5, '--seconds', 3,
    '--warmup', 0, '--first', PHONES, '--phones', path.join(stage.folder, 'phones.jsonl'));
  assert.equal(counts.qr_200, counts.asked, 'every login went well');
  return counts.asked;
}

const statements = () => metricByLabel(stage.server, 'qrgate_database_statement_seconds_count');

test('a QR login is eight statements, and rights are looked at in three of them', async () => {
  await logins(); // enrols
  const first = await statements();
  const count = await logins();
  const second = await statements();

  const spent = Object.fromEntries(Object.entries(second).map(([name, now]) => [name, now - (first[name] ?? 0)]).filter(([, more]) => more));
  // What the run does before its first scan: each phone asks whether it is still known, each browser sits down.
  spent.use_session -= PHONES;
  spent.list_certificates -= PHONES;
  delete spent.resume;
  // What the server does by itself, whether or not anybody logs in.
  for (const name of Object.keys(spent)) if (/^(audit_|sweep|expire|forget|delete|ready|list_cancelled|list_due|list_open|list_revoked)/.test(name)) delete spent[name];
  const each = Object.fromEntries(Object.entries(spent).filter(([, more]) => more).map(([name, more]) => [name, more / count]));
  assert.deepEqual(each, {
    use_session: 3, // the phone's bearer token: scan, unlock, confirm
    spend_budgets: 1, scan_ticket: 1, // person, level and certificate are checked in it,
    try_unlock: 1,
    confirm_ticket: 1, // again in it,
    redeem_ticket: 1, // and again in it
  });
});
