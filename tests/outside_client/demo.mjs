// The test doors of the demo mode and its people (docs/protocol.md, "Demo mode" and section 8).
import { exchange } from './http.mjs';
import { withCheckCharacter } from './identity_number.mjs';

export const people = {
  lin: { kind: 'personal', identity_number: '110101190001010014', phone: '13900000001', password: 'Demo#2026lin', level: 3 },
  hao: { kind: 'personal', identity_number: '11010119000101009X', phone: '13900000002', password: 'Demo@2026hao', level: 2 },
  zhao: { kind: 'personal', identity_number: '110101190001010030', phone: '13900000003', password: 'Demo!2026zhao', level: 3 },
  qian: { kind: 'personal', identity_number: '110101190001010057', phone: '13900000003', password: 'Demo!2026qian', level: 3 },
  sun: { kind: 'personal', identity_number: '110101190001010073', phone: '13900000004', password: 'abc12345', level: 2 },
  gongsi: { kind: 'corporate', identity_number: '91110000DEM0000014', phone: '13900000005', password: 'Demo$2026corp', level: 3 },
};

// A number with a right check character that none of the people has.
export const numberOfNobody = (serial = 777) => withCheckCharacter(`11010119000101${String(serial).padStart(3, '0')}`);

export class Demo {
  constructor(base) {
    this.base = base;
  }

  async advance(seconds) {
    const answer = await exchange(this.base, 'POST', '/demo/clock', {
      headers: { origin: new URL(this.base).origin },
      body: { advance_s: seconds },
    });
    if (answer.status >= 300) throw new Error(`${answer.what}: ${answer.status} ${answer.text}`);
  }

  async texts(phone) {
    const answer = await exchange(this.base, 'GET', `/demo/sms?phone=${phone}`);
    if (!Array.isArray(answer.json)) throw new Error(`${answer.what}: ${answer.status}, not an array of texts`);
    return answer.json;
  }

  // The six digits of the newest text that has some.
  async smsCode(phone) {
    for (const { text } of await this.texts(phone)) {
      const found = /(?<!\d)\d{6}(?!\d)/.exec(text);
      if (found) return found[0];
    }
    throw new Error(`no text with six digits for ${phone}`);
  }
}

// → {captcha_id, captcha} for the answer that made a captcha (or for an error body with a fresh one).
export async function answerCaptcha(base, made) {
  const id = made.json?.id ?? made.json?.captcha?.id;
  if (id === undefined) throw new Error(`${made.what}: ${made.verdict}, no captcha in it`);
  const answer = await exchange(base, 'GET', `/demo/captcha/${id}`);
  if (answer.status !== 200) throw new Error(`${answer.what}: ${answer.status} ${answer.text}`);
  return { captcha_id: id, captcha: answer.json.answer };
}
