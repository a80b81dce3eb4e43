// Whole QR logins that go on while something breaks, and the ledger of what each client sent and was told.
// A browser and a phone for each login; nothing is sent twice by itself except in settle(), which does what people do
// when it is over: the page redeems what was confirmed, the phone looks what became of its confirm.
import { setTimeout as pause } from 'node:timers/promises';
import { people } from '../../outside_client/demo.mjs';
import { Browser } from '../../outside_client/http.mjs';
import { Phone } from '../../outside_client/phone.mjs';
import { PASSPHRASE } from '../../outside_client/qr.mjs';
import { Waiting } from '../../outside_client/waiting.mjs';
import { readyPhone } from '../../support/phone.mjs';

const SETTLED_WITHIN_MS = 30_000;

// Somebody else's answer, or a login step that did not come to its end.
export class Failed extends Error {}

function wanted(answer, ...statuses) {
  if (!statuses.includes(answer.status)) throw new Failed(`${answer.what}: ${answer.verdict}`);
  return answer;
}

// Logged-in phones with a certificate each. `base`: where they send to from now on, when it is not the server itself.
export async function readyPhones(server, who = [people.lin, people.zhao, people.gongsi]) {
  const phones = [];
  for (const person of who) phones.push(await readyPhone(server, person));
  return phones;
}

// The same phone (token, certificate) that speaks to another address: a proxy's.
export function movedTo(phone, base) {
  return Object.assign(new Phone(base, phone.person), { token: phone.token, device: phone.device, certificate: phone.certificate });
}

export class Login {
  confirm_sent = false;
  confirmed = false; // the phone was told so
  redeem_sent = 0;
  redeemed = 0; // answers 200
  in_doubt = 0; // redeems whose answer never came, or was 503: perhaps done
  refusals = []; // what went wrong on the way, in words

  // `origin` is the server's own, also when `base` is a proxy's.
  constructor(base, origin, phone) {
    Object.assign(this, { base, phone });
    this.browser = Object.assign(new Browser(base), { origin });
  }

  async wait() {
    wanted(await this.browser.call('GET', '/api/v1/context'), 200);
    this.socket = await Waiting.open(this.browser);
    this.token = (await this.socket.code()).token;
  }

  async scan() {
    const answer = await this.phone.scan(this.token, { certificate: this.phone.certificate.serial });
    this.text = wanted(answer, 200).json.text;
  }

  async unlock() {
    wanted(await this.phone.unlock(this.phone.certificate, PASSPHRASE), 200);
  }

  async confirm() {
    this.confirm_sent = true;
    wanted(await this.phone.confirm(this.token, this.phone.certificate, this.text), 204);
    this.confirmed = true;
  }

  async redeem() {
    this.redeem_sent += 1;
    let answer;
    try {
      answer = await this.browser.call('POST', '/api/v1/qr/redeem');
    } catch (error) {
      this.in_doubt += 1;
      throw error;
    }
    if (answer.status === 503) this.in_doubt += 1;
    if (answer.status === 200) {
      this.redeemed += 1;
      this.person = answer.json.person.id;
    }
    return answer;
  }

  async present() {
    return wanted(await this.browser.call('GET', '/api/v1/session'), 200);
  }

  async all() {
    await this.wait();
    await this.scan();
    await this.socket.message('scanned');
    await this.unlock();
    await this.confirm();
    await this.socket.message('confirmed');
    wanted(await this.redeem(), 200);
    await this.present();
    this.leave();
  }

  leave() {
    this.socket?.close();
  }

  // What the phone shows when its confirm got no answer.
  async lookAtPhone() {
    const { status, json } = await this.phone.call('GET', `/tickets/${this.token}?wait=0`);
    if (status === 200 && ['confirmed', 'redeemed'].includes(json.state)) this.confirmed = true;
    return status === 503 ? undefined : json?.state ?? `${status}`;
  }

  // To an end that is told, however often that must be asked.
  async settle() {
    for (const end = Date.now() + SETTLED_WITHIN_MS; Date.now() < end; await pause(100)) {
      try {
        if (this.confirm_sent && !this.confirmed && await this.lookAtPhone() === undefined) continue;
        if (!this.confirmed || this.redeemed > 0) return this.leave();
        const answer = await this.redeem();
        if (answer.status === 200) await this.present();
        if (answer.status !== 503) {
          this.last = answer.verdict;
          return this.leave();
        }
      } catch (error) {
        this.refusals.push(error.message);
      }
    }
    throw new Error(`a login did not settle: ${this.refusals.slice(-3).join('; ')}`);
  }
}

// Logins side by side until stop(). One phone has one login at a time, as people have.
export class Load {
  ledger = [];
  #stopping = false;
  #workers = [];
  #poised = [];

  constructor(server, phones, { base = server.origin, pause_ms = 50 } = {}) {
    Object.assign(this, { server, base, pause_ms });
    this.phones = phones.map((phone) => movedTo(phone, base));
    this.#workers = this.phones.map((phone) => this.#work(phone));
  }

  async #work(phone) {
    while (!this.#stopping) {
      const login = new Login(this.base, this.server.origin, phone);
      this.ledger.push(login);
      try {
        await login.all();
      } catch (error) {
        login.refusals.push(error.message || String(error.code));
        await pause(100);
      }
      await pause(this.pause_ms);
    }
  }

  // Logins held just before a step that writes. strike() takes that step, in the middle of the fault.
  async poise() {
    for (const phone of this.phones) {
      for (const next of ['confirm', 'redeem']) {
        const login = new Login(this.base, this.server.origin, phone);
        await login.wait();
        await login.scan();
        await login.unlock();
        if (next === 'redeem') await login.confirm();
        this.ledger.push(login);
        this.#poised.push({ login, next });
      }
    }
  }

  strike() {
    for (const { login, next } of this.#poised.splice(0)) {
      this.#workers.push(login[next]().catch((error) => { login.refusals.push(error.message || String(error.code)); }));
    }
  }

  get done() {
    return this.ledger.filter((login) => login.redeemed > 0).length;
  }

  // After this many more logins that went through.
  async more(count, within_ms = 30_000) {
    const goal = this.done + count;
    for (const end = Date.now() + within_ms; Date.now() < end; await pause(20)) if (this.done >= goal) return;
    throw new Error(`no ${count} logins within ${within_ms / 1000} s: ${this.ledger.flatMap((login) => login.refusals).slice(-3).join('; ')}`);
  }

  async stop() {
    this.#stopping = true;
    await Promise.all(this.#workers);
  }
}
