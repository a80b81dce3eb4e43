// What a person does on the tab 手机验证码登录.
import { Demo } from '../../outside_client/demo.mjs';
import { onAccount } from './pc.mjs';

// The page's own clock stands in for waiting.
export async function openSmsTab(page, server) {
  await page.clock.install();
  await page.goto(`${server.origin}/login`);
  await page.locator('#tab-sms').click();
  await page.locator('#sms-captcha-picture img').waitFor();
}

export const smsCaptcha = async (page, server) => server.captchaAnswer(await page.locator('#sms-captcha_id').inputValue());

export async function askForSms(page, server, phone) {
  await page.locator('#sms-phone').fill(phone);
  await page.locator('#sms-captcha').fill(await smsCaptcha(page, server));
  await page.locator('#sms-send').click();
}

export const smsSentShown = (page) => page.locator('#sms-sent:not(:empty)').waitFor();

// What the page says after 获取验证码.
export async function smsSent(page, server, phone) {
  await askForSms(page, server, phone);
  await smsSentShown(page);
  return page.locator('#sms-sent').innerText();
}

export async function smsProblem(page) {
  await page.locator('#sms-problem:not([hidden])').waitFor();
  return page.locator('#sms-problem-list').innerText();
}

export async function logInBySms(page, server, phone) {
  await smsSent(page, server, phone);
  await page.locator('#sms-code').fill(await new Demo(server.origin).smsCode(phone));
  await page.locator('#sms-log-in').click();
  await onAccount(page);
}
