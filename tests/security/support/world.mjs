// What the black-box tests begin with: the real server, browsers, phones with a certificate, and the steps of a login.
// Every test file has a server of its own; requests may come from any address (X-Forwarded-For of a trusted proxy), and
// the address budgets, which leave loopback out in the demo, count for those.
import { after, afterEach, before } from 'node:test';
import { Demo, people } from '../../outside_client/demo.mjs';
import { Browser } from '../../outside_client/http.mjs';
import { captchaOf, freshBrowser, logIn, loginBody } from '../../outside_client/password.mjs';
import { showCode } from '../../outside_client/qr.mjs';
import { printed } from '../../support/command.mjs';
import { confirm, readyPhone, scan } from '../../support/phone.mjs';
import { wrongly } from '../../support/password_login.mjs';
import { askServers, dumpOf } from '../../support/private_database.mjs';
import { Server } from '../../support/server.mjs';

const LOG_LINES = 8;

// A browser whose requests come from `address`, through the trusted proxy.
export class DistantBrowser extends Browser {
  constructor(base, address) {
    super(base);
    this.address = address;
  }

  call(method, target, body, headers = {}) {
    return super.call(method, target, body, { 'x-forwarded-for': this.address, ...headers });
  }
}

// `settings`: as the environment has them. → {server, base, demo} and the steps, once the tests run.
export function world(settings = {}, prepare = async () => {}) {
  const here = {
    get base() { return here.server.origin; },
    get demo() { return new Demo(here.base); },
    phones: {},

    browser: () => freshBrowser(here.base),
    async distant(address) {
      const browser = new DistantBrowser(here.base, address);
      await browser.call('GET', '/api/v1/context');
      return browser;
    },

    loginBody,
    passwordLogin: logIn,
    async loggedIn(person = people.lin) {
      const browser = await here.browser();
      succeeded(await here.passwordLogin(browser, person));
      succeeded(await browser.call('GET', '/api/v1/session')); // a session that is never presented ends after a minute
      return browser;
    },

    // A code is asked for; a minute is let pass where the last text is too young.
    async askForCode(browser, phone, kind = 'personal') {
      await here.demo.advance(61);
      return browser.call('POST', '/api/v1/sms/login', { phone, kind, ...(await captchaOf(browser)) });
    },

    // The phone of a demo person, with a certificate; the same one all file long.
    async phone(key) {
      here.phones[key] ??= readyPhone(here.server, people[key]);
      return here.phones[key];
    },

    // A browser that shows a QR code, and how far its ticket is brought.
    waiting: async (browser) => showCode(browser ?? await here.browser()),
    async scanned(phone, browser) {
      const ticket = await here.waiting(browser);
      const answer = await scan(phone, ticket.code.url);
      await ticket.socket.message('scanned');
      return { ...ticket, scan: answer, text: answer.text };
    },
    async confirmed(phone, browser) {
      const ticket = await here.scanned(phone, browser);
      await confirm(phone, ticket.scan);
      await ticket.socket.message('confirmed', ['needs_code']);
      return ticket;
    },
    async qrLogin(phone, browser) {
      const ticket = await here.confirmed(phone, browser);
      ticket.redeemed = succeeded(await ticket.browser.call('POST', '/api/v1/qr/redeem'));
      succeeded(await ticket.browser.call('GET', '/api/v1/session'));
      return ticket;
    },

    // An operator's command, and what it prints.
    qrgate: (...words) => printed(here.server, ...words),

    // What the database would tell a thief: one column, and all of it.
    rows: async (sql) => (await askServers(here.server, sql)).flat(),
    dump: () => dumpOf(here.server),
  };
  before(async () => {
    here.server = await Server.start(process.env.QRGATE_BINARY,
      { words: ['serve', '--demo'], settings: { QRGATE_PROXY_TRUSTED: '127.0.0.1', ...settings } });
    await prepare(here);
  });
  afterEach((test) => {
    if (test.passed !== false) return;
    for (const line of here.server?.log.split('\n').slice(-LOG_LINES) ?? []) test.diagnostic(line);
  });
  after(async () => {
    const how = await here.server?.stop();
    if (how !== 0) throw new Error(`the server ended with ${how}: ${here.server?.log.slice(-2000)}`);
  });
  return here;
}

export function succeeded(answer) {
  if (answer.status >= 300) throw new Error(`${answer.what}: ${answer.verdict} ${answer.text.slice(0, 300)}`);
  return answer;
}

// The value of a browser's cookie.
export const cookieOf = (browser, name) => new RegExp(`${name}=([^;]*)`).exec(browser.cookie)?.[1];

// A six-digit code that this is not.
export const another = (code) => (code === '000000' ? '000001' : '000000');

export { people, wrongly };
