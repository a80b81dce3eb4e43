// A phone: its login, its certificates, its signatures. Written from docs/protocol.md section 5 only.
import crypto from 'node:crypto';
import smCrypto from 'sm-crypto';
import { answerCaptcha, Demo } from './demo.mjs';
import { exchange } from './http.mjs';

const { sm2 } = smCrypto;
const SM2_ID = '1234567812345678';

const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

function sm2KeyPair() {
  const { privateKey, publicKey } = sm2.generateKeyPairHex();
  return {
    algorithm: 'sm2',
    publicPoint: Buffer.from(publicKey, 'hex'),
    sign: (text) => Buffer.from(
      sm2.doSignature(text, privateKey, { der: true, hash: true, publicKey, userId: SM2_ID }), 'hex'),
  };
}

function p256KeyPair() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  return {
    algorithm: 'p256',
    publicPoint: Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]),
    sign: (text) => crypto.sign('sha256', Buffer.from(text, 'utf8'), privateKey),
  };
}

// What the phone tells the server about a passphrase: never the passphrase.
function unlockVerifier(passphrase, salt) {
  const key = crypto.pbkdf2Sync(passphrase, salt, 10_000, 32, 'sha256');
  return crypto.createHmac('sha256', key).update('unlock').digest();
}

export class Phone {
  constructor(base, person) {
    this.base = base;
    this.person = person;
    this.demo = new Demo(base);
    this.device = base64url(crypto.randomBytes(16));
    this.token = undefined;
    this.made = []; // serials, to be deleted at the end
  }

  call(method, path, body, headers = {}) {
    const bearer = this.token ? { authorization: `Bearer ${this.token}` } : {};
    return exchange(this.base, method, `/api/v1/phone${path}`, { headers: { ...bearer, ...headers }, body });
  }

  async login(password = this.person.password) {
    const captcha = await this.call('POST', '/captcha', { device: this.device });
    const answer = await this.call('POST', '/login', {
      device: this.device,
      kind: this.person.kind,
      identity_number: this.person.identity_number,
      password,
      ...(await answerCaptcha(this.base, captcha)),
    });
    if (answer.status < 300) this.token = answer.json.token;
    return answer;
  }

  // → {challenge, code}: what certificates/start gave and what the SMS said. A text every 60 s at most: the demo
  // clock is moved when it is too early.
  async startCertificate() {
    let answer = await this.call('POST', '/certificates/start', {});
    for (let tries = 0; answer.status === 429 && tries < 3; tries++) {
      await this.demo.advance(Number(answer.headers['retry-after'] ?? 60) + 1);
      answer = await this.call('POST', '/certificates/start', {});
    }
    if (answer.status >= 300) return { answer };
    return { answer, challenge: answer.json.challenge, code: await this.demo.smsCode(this.person.phone) };
  }

  // Not yet sent: the body of POST /certificates, with the keys it is for.
  prepareCertificate({ challenge, code, algorithm = 'sm2', passphrase }) {
    const keys = algorithm === 'sm2' ? sm2KeyPair() : p256KeyPair();
    const salt = crypto.randomBytes(16);
    const body = {
      sms_code: code,
      algorithm,
      public_key: base64url(keys.publicPoint),
      proof: base64url(keys.sign(`qrgate-certificate-v1\n${challenge}\n`)),
      unlock_verifier: base64url(unlockVerifier(passphrase, salt)),
      biometric: { kind: 'simulated' },
    };
    return { keys, salt, body };
  }

  async finishCertificate(prepared) {
    const answer = await this.call('POST', '/certificates', prepared.body);
    if (answer.status >= 300) return { answer };
    const { serial } = answer.json;
    this.made.push(serial);
    return { answer, certificate: { serial, keys: prepared.keys, salt: prepared.salt } };
  }

  async makeCertificate(passphrase, algorithm = 'sm2') {
    const started = await this.startCertificate();
    if (started.challenge === undefined) return { answer: started.answer };
    return this.finishCertificate(this.prepareCertificate({ ...started, passphrase, algorithm }));
  }

  unlock(certificate, passphrase) {
    const verifier = base64url(unlockVerifier(passphrase, certificate.salt));
    return this.call('POST', `/certificates/${certificate.serial}/unlock`, { verifier });
  }

  scan(token, body = {}) {
    return this.call('POST', `/tickets/${token}/scan`, body);
  }

  confirm(token, certificate, text) {
    return this.confirmWith(token, certificate.serial, certificate.keys.sign(text));
  }

  confirmWith(token, serial, signature) {
    return this.call('POST', `/tickets/${token}/confirm`, { certificate: serial, signature: base64url(signature) });
  }

  deny(token) {
    return this.call('POST', `/tickets/${token}/deny`, {});
  }

  revoke(serial) {
    this.made = this.made.filter((other) => other !== serial);
    return this.call('DELETE', `/certificates/${serial}`);
  }

  // Leaves the person's certificates as they were.
  async cleanUp() {
    if (!this.token) return;
    for (const serial of [...this.made]) await this.revoke(serial);
    await this.call('POST', '/logout');
  }
}
