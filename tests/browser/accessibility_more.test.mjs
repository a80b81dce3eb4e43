// What axe-core does not see: sizes of targets, easy mode, text spacing, zoom, forced colours, what a screen reader is
// told, and limits of time. `pages` is the list to extend: every page and state once, in one line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberOfNobody } from '../outside_client/demo.mjs';
import { accessibilityFaults } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { fillApplicant, freshPerson, sendCode } from './support/codes.mjs';
import { codeShown, fillPassword, logInByPassword, openPasswordTab, openQrTab } from './support/pc.mjs';
import { people } from './support/people.mjs';
import { logInOnPhone, makeCertificate, PHONE, view } from './support/phone_page.mjs';

const { hao, lin, zhao } = people;
const here = house();
const NARROW = { width: 320, height: 640 };
const EN = { locale: 'en-US' };
// The people are shared, their display choices are not: no account keeps them from one test to the next.
async function openPlain(options) {
  const opened = await here.open(options);
  await opened.page.route(/\/preferences$/, (route) => (route.request().method() === 'GET'
    ? route.fulfill({ json: { easy: false, contrast: false, language: '', chosen: false } })
    : route.fulfill({ status: 204 })));
  return opened;
}

let certified = false; // zhao has one certificate, whatever phone it is on

async function opened(page, path) {
  await page.goto(`${here.server.origin}${path}`);
  await page.locator('.captcha-ways').waitFor();
}

// The step with the code, the new password and its rules, with what is wrong about them.
async function codeStep(page) {
  await here.server.advance(61);
  await opened(page, '/register');
  await fillApplicant(page, here.server, freshPerson());
  await sendCode(page);
  await page.locator('#password').fill('abc');
  await page.locator('#finish').click();
  await page.locator('#problem:not([hidden])').waitFor();
}

async function smsTab(page) {
  await page.goto(`${here.server.origin}/login?tab=sms`);
  await page.locator('#panel-sms .captcha-ways').waitFor();
  await page.locator('#sms-log-in').click();
  await page.locator('#sms-problem:not([hidden])').waitFor();
}

// The account page with every section filled and a change of the phone number begun.
async function accountSections(page) {
  await here.server.advance(61);
  await logInByPassword(page, here.server, lin);
  await page.locator('#logins li').first().waitFor();
  await page.locator('#new_password').fill('abc');
  await page.locator('#new_phone').fill('13900000088');
  await page.locator('#phone-form button.primary').click();
  await page.locator('#old_code').waitFor();
}

async function phoneHome(page, person) {
  await page.goto(`${here.server.origin}/phone`);
  await logInOnPhone(page, person);
  await view(page, person.level < 3 ? 'raise' : 'home');
}

async function certificatesPage(page) {
  await phoneHome(page, zhao);
  if (!certified) {
    await here.server.advance(61);
    await makeCertificate(page, here.server, zhao);
    certified = true;
  }
  await page.getByRole('button', { name: /^(证书管理|Certificates)$/ }).click();
  await view(page, 'certificates');
  await page.locator('.certificates li').getByRole('button', { name: /^(查看证书|View|Look)/ }).first().click();
  await page.locator('.certificates dl').first().waitFor();
  await page.locator('.certificates button.danger').first().click();
}

async function downloadPage(page) {
  await here.server.advance(61);
  await phoneHome(page, zhao);
  await page.evaluate(() => localStorage.removeItem('qrgate.keys'));
  await page.getByRole('button', { name: /^(证书管理|Certificates)$/ }).click();
  await page.locator('#view[data-view=certificates] button.primary').click();
  await view(page, 'certificate');
  await page.locator('#passphrase').fill('111111');
  await page.locator('#view button[type=submit]').click();
  await page.locator('#view .summary').waitFor();
}

// The steps of the proofing, as far as `last`.
async function proofing(page, last) {
  await phoneHome(page, hao);
  if (last === 'raise') return;
  await page.locator('#view button.primary').first().click();
  await page.locator('#agree').waitFor();
  if (last === 'identity') return;
  await page.locator('#agree').check();
  await page.locator('#view button.primary').click();
  await page.locator('dialog').waitFor();
  await page.locator('dialog button').last().click();
  await page.locator('#view ol').waitFor();
  if (last === 'verify') return;
  await page.locator('#view button.primary').click();
  await page.locator('#in_person').waitFor();
}

// name, how to get there, options of the browser.
const pages = [
  ['password tab', async (page) => {
    await openPasswordTab(page, here.server);
    await page.locator('.captcha-ways').waitFor();
  }],
  ['password tab with every hint', async (page) => {
    await openPasswordTab(page, here.server);
    await page.locator('.captcha-ways').waitFor();
    const nobody = numberOfNobody(); // not lin's tries
    for (let i = 0; i < 3; i++) {
      await fillPassword(page, here.server, lin, { identity_number: nobody, password: 'Demo2026！' });
      await page.locator('#log-in').click();
      await page.locator('#problem:not([hidden])').waitFor();
      await page.locator('#log-in:not([aria-disabled])').waitFor();
    }
    await page.locator('#reset-offer a').waitFor();
    await page.getByRole('button', { name: '听验证码' }).click();
    await page.getByRole('button', { name: '不输入验证码' }).click();
    await page.locator('.captcha-status').getByText('已通过').waitFor();
  }],
  ['QR tab', async (page) => { await openQrTab(page, here.server); }],
  ['account', async (page) => { await logInByPassword(page, here.server, lin); }],
  ['phone login', async (page) => {
    await page.goto(`${here.server.origin}/phone`);
    await view(page, 'login');
    await page.locator('.captcha-ways').waitFor();
  }, PHONE],
  ['phone home', async (page) => {
    await page.goto(`${here.server.origin}/phone`);
    await logInOnPhone(page, lin);
    await view(page, 'home');
    await page.locator('#view button.primary').waitFor();
  }, PHONE],
  ['registration', async (page) => { await opened(page, '/register'); }],
  ['registration, English', async (page) => { await opened(page, '/register'); }, EN],
  ['code and new password', codeStep],
  ['reset', async (page) => { await opened(page, '/password/reset'); }],
  ['reset, English', async (page) => { await opened(page, '/password/reset'); }, EN],
  ['SMS tab', smsTab],
  ['SMS tab, English', smsTab, EN],
  ['account sections', accountSections],
  ['phone: raise the level', (page) => proofing(page, 'raise'), PHONE],
  ['phone: identity', (page) => proofing(page, 'identity'), PHONE],
  ['phone: verify', (page) => proofing(page, 'verify'), PHONE],
  ['phone: declaration, English', (page) => proofing(page, 'declare'), { ...PHONE, ...EN }],
  ['phone: certificates', certificatesPage, PHONE],
  ['phone: certificates, English', certificatesPage, { ...PHONE, ...EN }],
  ['phone: download of a certificate', downloadPage, PHONE],
];

// Links inside sentences aside (WCAG 2.5.8 lets them be small), and what only repeats another way.
function targets(page) {
  return page.evaluate(() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), [role=tab], audio')]
    .filter((element) => element.offsetParent && !element.closest('p, li') && !element.matches('.skip, .captcha *, .sr'))
    .map((element) => {
      const label = element.matches('[type=radio], [type=checkbox]') ? element.closest('label') ?? element : element;
      const { width, height } = label.getBoundingClientRect();
      return { what: `${element.tagName}#${element.id} ${element.textContent.trim().slice(0, 20)}`, width, height };
    }));
}

async function wideness(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

// No text is cut off: what scrolls inside a box that hides it.
function cutOff(page) {
  return page.evaluate(() => [...document.querySelectorAll('main *')]
    .filter((e) => e.offsetParent && !e.matches('.sr, input, svg, svg *, audio, video') && getComputedStyle(e).overflowX !== 'visible'
      && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1))
    .map((e) => `${e.tagName}#${e.id}.${e.className}`));
}

// What every page is asked, one after the other on the page as it is: opening it takes most of the time.
const questions = {
  'language, one heading of level 1, landmarks, the help line': async (page) => {
    assert.equal(await page.locator('h1').count(), 1);
    assert.ok(await page.locator('main').isVisible());
    assert.ok(await page.locator('footer').getByText('4000511818').isVisible(), 'help is at the same place on every page');
    assert.match(await page.title(), /平台|Platform/);
  },
  'targets of 48 px': async (page) => {
    assert.deepEqual((await targets(page)).filter(({ width, height }) => Math.min(width, height) < 44), []);
  },
  'twice the size (200 %) reflows': async (page) => {
    await page.setViewportSize({ width: 640, height: 512 }); // 1280 x 1024 at 200 %
    assert.equal(await wideness(page), 0);
    assert.deepEqual(await cutOff(page), []);
  },
  'the spacing of WCAG 1.4.12 cuts nothing off': async (page) => {
    await page.setViewportSize(NARROW);
    // Not by a style element: the page's policy refuses those.
    await page.evaluate(() => {
      const spacing = new CSSStyleSheet();
      spacing.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }');
      document.adoptedStyleSheets = [spacing];
    });
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).letterSpacing !== 'normal'), true);
    assert.deepEqual(await cutOff(page), []);
    assert.equal(await wideness(page), 0);
    await page.evaluate(() => { document.adoptedStyleSheets = []; });
  },
  'easy mode: targets of 60 px, its text at 150 %': async (page) => {
    await page.setViewportSize({ width: 1280, height: 900 });
    const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
    const plain = await size();
    await page.locator('#toggle-big').click();
    assert.deepEqual((await targets(page)).filter(({ height }) => height < 60), []);
    assert.equal(await size(), plain * 1.5);
  },
  'easy mode, high contrast and forced colours, wide and at 320 px, are clean': async (page) => {
    const turn_on = {
      'easy mode': async () => {},
      'with high contrast': () => page.locator('#toggle-contrast').click(),
      'with forced colours': async () => {
        await page.locator('#toggle-contrast').click();
        await page.emulateMedia({ forcedColors: 'active' });
      },
    };
    for (const [mode, on] of Object.entries(turn_on)) {
      await on();
      for (const size of [{ width: 1280, height: 900 }, NARROW]) {
        await page.setViewportSize(size);
        assert.deepEqual(await accessibilityFaults(page), [], `${mode}, ${size.width} px`);
        assert.equal(await wideness(page), 0, `${mode}, ${size.width} px: no sideways scroll`);
      }
    }
  },
};

for (const [name, go, options] of pages) {
  test(`${name}: every question that a page is asked`, async () => {
    const { page } = await openPlain(options);
    await go(page);
    for (const [question, ask] of Object.entries(questions)) {
      await ask(page).catch((error) => { throw new Error(question, { cause: error }); });
    }
  });
}

test('without a wish for less motion things move little, with it nothing', async () => {
  const { page } = await openPlain({ reducedMotion: 'reduce' });
  await openPasswordTab(page, here.server);
  const moving = () => page.evaluate(() => [...document.querySelectorAll('*')]
    .filter((e) => getComputedStyle(e).transitionDuration.split(',').some((time) => parseFloat(time) > 0) || getComputedStyle(e).animationName !== 'none').length);
  assert.equal(await moving(), 0);
});

test('what a screen reader is told of the login page', async () => {
  const { page } = await openPlain();
  await openPasswordTab(page, here.server);
  await page.locator('.captcha-ways').waitFor();
  const told = await page.locator('main').ariaSnapshot();
  for (const line of [
    '- heading "用户登录" [level=1]',
    '- tab "用户名登录" [selected]',
    '- tab "二维码登录"',
    '- group "用户类型"',
    '- radio "个人用户" [checked]',
    '- textbox "身份证号"',
    '- textbox "密码"',
    '- button "显示密码"',
    '- textbox "验证码"',
    '- button "换一张"',
    '- button "放大图片"',
    '- button "听验证码（6 个数字）"',
    '- button "不输入验证码"',
    '- button "登录"',
  ]) assert.ok(told.includes(line), `${line} is not in\n${told}`);
});

test('what a screen reader is told of a failure: field, fault and state', async () => {
  const { page } = await openPlain();
  await openPasswordTab(page, here.server);
  await page.locator('#identity_number').fill('11010119000101001');
  await page.locator('#log-in').click();
  await page.locator('#problem:not([hidden])').waitFor();
  const number = page.locator('#identity_number');
  assert.equal(await number.getAttribute('aria-invalid'), 'true');
  const described = await number.getAttribute('aria-describedby');
  assert.match(await page.locator(`#${described}`).innerText(), /应为 18 位，您输入了 17 位/);
  assert.match(await page.locator('main').ariaSnapshot(), /group "登录没有成功"/);
});

test('easy mode asks for longer limits: captcha, waiting browser, and calls without script', async () => {
  const { page } = await openPlain();
  const life = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/captcha'));
  await openPasswordTab(page, here.server);
  assert.equal((await (await life).json()).expires_in, 600);
  await page.locator('#toggle-big').click();
  const longer = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/captcha?easy=1'));
  await page.locator('#captcha-again').click();
  assert.equal((await (await longer).json()).expires_in, 2400);
  const cookies = await page.context().cookies();
  assert.equal(cookies.find(({ name }) => name === 'qrgate-easy')?.value, '1');
  const socket = page.waitForEvent('websocket');
  await page.locator('#tab-qr').click();
  assert.match((await socket).url(), /\?easy=1$/);
  await codeShown(page);
});

// A check that cannot fail checks nothing.
test('negative control: a page with known faults is found out', async () => {
  const { page } = await openPlain({ bypassCSP: true });
  await openPasswordTab(page, here.server);
  await page.evaluate(() => {
    document.querySelector('label[for=password]').removeAttribute('for');
    document.querySelector('#password').removeAttribute('placeholder');
    document.querySelector('h1').style.color = '#ddd';
    document.querySelector('#log-in').style.minHeight = '10px';
    document.querySelector('#log-in').style.padding = '0';
    document.querySelector('#log-in').style.lineHeight = '1';
    document.querySelector('.card').style.width = '2000px';
  });
  const faults = (await accessibilityFaults(page)).join('\n');
  assert.match(faults, /^label:/m);
  assert.match(faults, /^color-contrast:/m);
  assert.ok((await targets(page)).some(({ height }) => height < 44));
  assert.ok(await wideness(page) > 0);
});
