// hydra on the password form, from 40 addresses in turn, with captchas off (it cannot read one) and the budgets of a
// server in earnest. Rule: no more guesses are evaluated, read from the audit, than the budgets allow; the right
// password, which is last in its list, is not found; and the owner, whose browser has logged in before, still gets in.
// With captchas on, as always outside a bench, not one guess is evaluated.
import fs from 'node:fs/promises';
import path from 'node:path';
import { metricSum } from '../support/metrics.mjs';
import { logInWithoutCaptcha } from '../support/password_login.mjs';
import { Server } from '../support/server.mjs';
import { people } from '../outside_client/demo.mjs';
import { freshBrowser } from '../outside_client/password.mjs';
import { addressOf, askServers } from '../support/private_database.mjs';
import { freshBudgets } from '../faults/support/postgres.mjs';
import { Proxy } from '../faults/support/proxy.mjs';
import { Report, tool, withFolder, withServer } from './attack.mjs';

export const minutes = 3;
export const packages = ['hydra'];

const PASSWORDS = 300;
const FREE_TRIES = 10; // password_of_person before its waits; the waits allow at most one more in 30 s, then 60, 120, …
const WITHIN_S = 60;
const ADDRESSES = 40;

// What the waits add in so many seconds (docs/operating.md, "Budgets").
function allowedPerPerson(seconds) {
  let tries = FREE_TRIES;
  for (let wait = 30, at = 30; at <= seconds; wait *= 2, at += wait) tries += 1;
  return tries + 1;
}

async function evaluated(server) {
  const rows = await askServers(server, `SELECT coalesce(person_id, ''), count(*) FROM audit
    WHERE event = 'authn_login_fail' AND outcome = 'credentials_wrong' GROUP BY 1`);
  return rows.map(([, count]) => Number(count));
}

async function attack(server, folder, seconds) {
  const users = path.join(folder, 'users');
  const passwords = path.join(folder, 'passwords');
  const { lin, hao, zhao } = people;
  await fs.writeFile(users, [lin, hao, zhao].map(({ identity_number }) => `${identity_number}\n`).join(''));
  await fs.writeFile(passwords, Array.from({ length: PASSWORDS }, (_, i) => `Guess#2026x${i}\n`).join('') + `${lin.password}\n`);
  let turn = 0;
  const proxy = await Proxy.start({ host: '127.0.0.1', port: server.port, get localAddress() { return `127.0.0.${10 + turn++ % ADDRESSES}`; } });
  const visitor = await freshBrowser(server.origin);
  const form = '/api/v1/login/password:kind=personal&identity_number=^USER^&password=^PASS^&captcha_id=aaaaaaaaaaaaaaaaaaaaaaa&captcha=ABCD' +
    `:H=Origin\\: ${server.origin.replaceAll(':', '\\:')}:H=Cookie\\: ${visitor.cookie}:S=redirect_to`;
  const result = await tool('hydra', ['-L', users, '-P', passwords, '-t', '8', '-u', '-I', '-s', `${proxy.port}`, '127.0.0.1', 'http-post-form', form], { within_s: seconds, cwd: folder, env: { HOME: folder } });
  await proxy.stop();
  return { ...result, found: [...result.output.matchAll(/^\[\d+\]\[http-post-form\].*login:/gm)].length, tries: Number(/(\d+) tries in/.exec(result.output)?.[1] ?? NaN) };
}

export async function run() {
  const report = new Report('hydra');
  const server = await Server.start();
  await withServer(server, () => withFolder(async (folder) => {
    server.words = ['serve', '--bench', '--set', 'login.captcha=off'];
    await server.restart();
    const owner = await freshBrowser(server.origin);
    const login = () => logInWithoutCaptcha(owner, people.lin);
    const first = await login();
    await owner.call('POST', '/api/v1/logout');
    await owner.call('GET', '/api/v1/context');
    const { found, took_s } = await attack(server, folder, WITHIN_S);
    const counts = await evaluated(server);
    const allowed = allowedPerPerson(took_s);
    const asked = await metricSum(server, /^\w+(_count|_total)\{.*\/api\/v1\/login\/password/);
    const again = await login();
    report.line('budgets', first.status === 200 && found === 0 && counts.length > 0 && Math.max(...counts) <= allowed && again.status === 200,
      `3 people × ${PASSWORDS + 1} passwords from ${ADDRESSES} addresses, ${took_s.toFixed(0)} s${asked ? `, ${asked} requests answered` : ''}: ` +
      `${counts.reduce((sum, count) => sum + count, 0)} guesses evaluated, at most ${Math.max(0, ...counts)} of one person (${allowed} allowed), ${found} found; the owner's browser: ${again.status}`);

    await freshBudgets(await addressOf(server));
    server.words = ['serve'];
    await server.restart();
    const before = (await evaluated(server)).reduce((sum, count) => sum + count, 0);
    const with_captcha = await attack(server, folder, WITHIN_S / 2);
    const after = (await evaluated(server)).reduce((sum, count) => sum + count, 0);
    report.line('captcha', with_captcha.found === 0 && after === before,
      `${after - before} guesses evaluated and ${with_captcha.found} found in ${with_captcha.took_s.toFixed(0)} s with captchas on`);
  }));
  return report;
}
