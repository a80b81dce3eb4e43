// The phone's side of the contract (docs/protocol.md section 5) as far as the pages need it, with nothing behind it.
// Signatures are really verified. `server.says[route]` answers once instead.
import crypto from 'node:crypto';
import { sm2 } from './sm2.mjs';
import { origin } from './rendered.mjs';

const base64url = (octets) => Buffer.from(octets).toString('base64url');
const octets = (text) => Buffer.from(text, 'base64url');
export const TOKEN = 'n1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

const CONSENTS = ['biometric', 'service', 'privacy', 'processing'].map((text, i) => ({
  text, version: `${i + 1}`, title: `标题 ${text}`, words: `${text} 的第一段\n不保存您的人脸照片（${text}）`,
}));

export class FakeServer {
  demo = true;
  offered = true; // face checks
  level = 3;
  certificates = [];
  sessions = [];
  state = 'scanned';
  proofing = { id: 'proof-1', provider: 'http', url: 'https://face.example/check?id=1' };
  proofing_state = 'open';
  says = {};
  calls = [];
  answer = async (call) => {
    const [path] = call.path.split('?');
    const route = `${call.method} ${path.replace('/api/v1/', '')}`;
    const body = call.body === undefined ? undefined : JSON.parse(call.body);
    this.calls.push({ route, body, token: call.token });
    const said = this.says[route];
    if (said) {
      delete this.says[route];
      if (said === 'no network') throw new Error('no network');
      return said;
    }
    const known = this.#routes(route, body);
    if (known === undefined) throw new Error(`${route} is not served here`);
    return known;
  };

  get person() {
    return { id: 'person-1', kind: 'personal', name_masked: '林*', level: this.level };
  }

  called(route) {
    return this.calls.filter((call) => call.route === route);
  }

  #routes(route, body) {
    const ok = (value) => ({ status: 200, body: value });
    const done = { status: 204 };
    switch (route) {
      case 'GET context': return ok({ demo: this.demo });
      case 'POST phone/captcha': return ok({ id: `captcha-${this.calls.length}`, image: 'data:image/png;base64,AAAA', expires_in: 600 });
      case 'POST phone/login': return ok({ token: 'token-1', person: this.person, expires_at: '2026-12-22T08:00:00Z' });
      case 'POST phone/logout': return done;
      case 'GET phone/me': return ok({ person: this.person, level: this.level, certificates: this.certificates });
      case 'GET phone/sessions': return ok({ sessions: this.sessions });
      case 'POST phone/certificates/start': return ok({ challenge: 'challenge-1', expires_in: 300 });
      case 'POST phone/certificates': return this.#issue(body);
      case `GET phone/tickets/${TOKEN}`: return this.#outcome();
      case `POST phone/tickets/${TOKEN}/scan`: return ok(this.scan(body));
      case `POST phone/tickets/${TOKEN}/confirm`: return this.#confirm(body);
      case `POST phone/tickets/${TOKEN}/deny`: this.state = 'denied'; return done;
      case 'GET phone/proofing': return ok({ available: this.offered, provider: 'http', level: this.level, name_masked: '林*', number_masked: '110***********0014', consents: CONSENTS });
      case 'POST phone/proofing': return ok(this.proofing);
      case 'GET phone/proofing/proof-1': return ok({ id: 'proof-1', provider: 'http', state: this.proofing_state, person: this.person, expires_at: '2026-11-22T09:00:00Z' });
      case `POST phone/certificates/${this.serial}/unlock`: return this.#unlock(body);
      case `GET phone/certificates/${this.serial}`: return ok({ ...this.certificates[0], algorithm: 'sm2', subject: 'CN=person-1', issuer: 'CN=qrgate CA', fingerprint: 'ab'.repeat(32), issued_at: '2026-11-22T00:00:00Z' });
      case `DELETE phone/certificates/${this.serial}`: this.certificates = []; return done;
      default:
        if (route.endsWith('/undo')) {
          this.sessions = this.sessions.filter(({ id }) => !route.includes(id));
          return done;
        }
        return undefined;
    }
  }

  serial = '0a1b2c3d4e5f';

  #issue(body) {
    const point = octets(body.public_key).toString('hex');
    const good = sm2.doVerifySignature('qrgate-certificate-v1\nchallenge-1\n', octets(body.proof).toString('hex'), point, { der: true, hash: true, userId: '1234567812345678' });
    if (!good) return { status: 403, body: { error: { code: 'proof_wrong', message: 'proof' } } };
    if (body.renews) {
      const vouched = body.renews === this.serial && body.endorsed_by === this.serial
        && sm2.doVerifySignature(`qrgate-endorsement-v1\nchallenge-1\n${body.public_key}\n`, octets(body.endorsement).toString('hex'), this.point, { der: true, hash: true, userId: '1234567812345678' });
      if (!vouched) return { status: 403, body: { error: { code: 'signature_wrong', message: 'signature' } } };
      this.serial = 'f5e4d3c2b1a0';
    }
    Object.assign(this, { point, verifier: body.unlock_verifier, secret: base64url(crypto.randomBytes(32)), biometric: body.biometric });
    this.certificates = [{ serial: this.serial, state: 'active', not_after: '2027-11-22T00:00:00Z' }];
    return { status: 200, body: { serial: this.serial, certificate_pem: '', not_after: '2027-11-22T00:00:00Z' } };
  }

  #unlock({ verifier }) {
    if (verifier === this.verifier) return { status: 200, body: { secret: this.secret } };
    return { status: 403, body: { error: { code: 'passphrase_wrong', message: 'wrong' }, tries_left: 9 } };
  }

  text(changed = {}) {
    const lines = {
      origin, ticket: TOKEN, nonce: base64url(Buffer.alloc(32, 7)), person: 'person-1', certificate: this.serial,
      browser: 'Chrome 140 on Windows', address: '203.0.113.9', started: '2026-11-22T08:00:00Z', expires: '2026-11-22T08:05:00Z', ...changed,
    };
    return `qrgate-login-v1\n${Object.entries(lines).map(([name, value]) => `${name}: ${value}\n`).join('')}`;
  }

  scan() {
    this.shown = this.text(this.changed);
    return {
      ticket: TOKEN, certificate: this.serial, origin, expires_at: '2026-11-22T08:05:00Z', text: this.shown,
      browser: { family: 'Chrome 140', os: 'Windows', address: '203.0.113.9', place: '北京', started_at: '2026-11-22T08:00:00Z' },
    };
  }

  #confirm({ signature, certificate }) {
    const good = certificate === this.serial && sm2.doVerifySignature(this.shown, octets(signature).toString('hex'), this.point, { der: true, hash: true, userId: '1234567812345678' });
    if (!good) return { status: 403, body: { error: { code: 'signature_wrong', message: 'signature' } } };
    this.state = 'redeemed';
    return { status: 204 };
  }

  #outcome() {
    return { status: 200, body: { state: this.state, ...(this.state === 'redeemed' && { session: { id: 'session-1' } }) } };
  }
}
