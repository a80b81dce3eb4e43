import { expect } from '../outside_client/checks.mjs';
import { Demo } from '../outside_client/demo.mjs';
import { freshBrowser } from '../outside_client/password.mjs';
import { startRegistration } from '../outside_client/registration.mjs';

// A registration up to its last step, which `finish(password)` is. `code`: what the text said.
export async function beginRegistration(origin, who) {
  const browser = await freshBrowser(origin);
  const { registration } = expect(await startRegistration(browser, who), '202').json;
  const code = await new Demo(origin).smsCode(who.phone);
  const finish = (password) => browser.call('POST', '/api/v1/register/finish', { registration, code, password });
  return { browser, code, finish };
}
