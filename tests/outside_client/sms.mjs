// The SMS door (docs/protocol.md section 3).
import { check, equal, expect, matches } from './checks.mjs';
import { answerCaptcha, Demo, people } from './demo.mjs';
import { Browser } from './http.mjs';

export async function smsLogin(base) {
  const { lin, hao, zhao, gongsi } = people;
  const demo = new Demo(base);
  const unknown = '13911112222';

  async function ask(phone, kind) {
    const browser = new Browser(base);
    const captcha = await answerCaptcha(base, await browser.call('POST', '/api/v1/captcha'));
    const answer = await browser.call('POST', '/api/v1/sms/login', { phone, ...captcha, ...(kind ? { kind } : {}) });
    return { browser, answer };
  }
  const type = (browser, phone, code, kind) =>
    browser.call('POST', '/api/v1/login/sms', { phone, code, ...(kind ? { kind } : {}) });
  const newest = async (phone) => (await demo.texts(phone))[0]?.text ?? '';

  await check('sms is among the methods', async () => {
    const { json } = expect(await new Browser(base).call('GET', '/api/v1/context'), '200');
    equal(json.methods.includes('sms'), true, 'methods');
  });

  await check('every number gets the same answer', async () => {
    await demo.advance(61);
    const texts = [];
    for (const phone of [lin.phone, hao.phone, zhao.phone, unknown]) {
      const { answer } = await ask(phone);
      texts.push(expect(answer, '202').text);
    }
    equal(new Set(texts).size, 1, 'different answers');
    matches(await newest(hao.phone), /用户等级不符合要求/, 'text of hao');
    matches(await newest(zhao.phone), /绑定了多个身份证号码/, 'text of zhao');
    equal((await demo.texts(unknown)).length, 0, 'texts of nobody');
  });

  await check('lin and the company log in with their codes', async () => {
    for (const person of [lin, gongsi]) {
      await demo.advance(61);
      const { browser, answer } = await ask(person.phone, person.kind);
      expect(answer, '202');
      const inside = expect(await type(browser, person.phone, await demo.smsCode(person.phone), person.kind), '200');
      equal(inside.json.person.kind, person.kind, 'kind');
      equal((await browser.call('GET', '/api/v1/session')).json.method, 'sms', 'method');
      expect(await browser.call('POST', '/api/v1/logout'), '204');
    }
  });

  await check('a minute passes between two texts', async () => {
    await demo.advance(61);
    expect((await ask(lin.phone)).answer, '202');
    const { answer } = await ask(lin.phone);
    expect(answer, '429 too_many');
    const wait = Number(answer.headers['retry-after']);
    equal(wait >= 1 && wait <= 60, true, `Retry-After ${wait}`);
  });

  await check('a code is bound to its browser and its number, dies after five wrong tries, and counts once', async () => {
    await demo.advance(61);
    const { browser } = await ask(lin.phone);
    const code = await demo.smsCode(lin.phone);
    const { browser: other } = await ask(unknown);
    expect(await type(other, lin.phone, code), '403 code_wrong');
    expect(await type(browser, unknown, code), '403 code_wrong');
    const wrong = code === '000000' ? '000001' : '000000';
    for (let i = 0; i < 5; ++i) expect(await type(browser, lin.phone, wrong), '403 code_wrong');
    expect(await type(browser, lin.phone, code), '403 code_wrong');

    await demo.advance(61);
    const again = await ask(lin.phone);
    const fresh = await demo.smsCode(lin.phone);
    const copy = again.browser.copy();
    expect(await type(again.browser, lin.phone, fresh), '200');
    expect(await type(copy, lin.phone, fresh), '403 code_wrong');
    expect(await again.browser.call('POST', '/api/v1/logout'), '204');
    await demo.advance(61);
  });

  await check('what is no number or no code is refused by its shape', async () => {
    const browser = new Browser(base);
    await browser.call('GET', '/api/v1/context');
    for (const phone of ['1390000000', '+8613900000001', '１３９０００００００１']) {
      expect(await browser.call('POST', '/api/v1/sms/login', { phone, captcha_id: 'x', captcha: 'x' }), '400 bad_request');
    }
    expect(await type(browser, lin.phone, '12345'), '400 bad_request');
  });
}
