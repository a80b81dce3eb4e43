// What lies in the built folder: nothing that WeChat's JavaScript lacks, all pages whole, every control named for who
// hears the screen; and the core in a context that has ECMAScript only gives what the rest of the world expects.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toHex, utf8 } from '../../web/core/octets.ts';
import { openKey, stretch } from '../../web/core/passphrase.ts';
import { built, filesUnder } from './support/built.mjs';
import { Device } from './support/device.mjs';
import { sm2 } from './support/sm2.mjs';

const here = path.join(import.meta.dirname, '../..');
const folder = await built();
const read = (file) => fs.readFileSync(path.join(folder, file), 'utf8');
const scripts = filesUnder(folder, '.js');
const views = filesUnder(folder, '.wxml');
const name = (file) => path.relative(folder, file);

const withoutComments = (text) => text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

// ---- scripts

const LACKING = /\b(window|document|navigator|localStorage|globalThis|TextEncoder|TextDecoder|BigInt|setBigUint64|fetch|URL|WebSocket|Intl|crypto)\b(?!['":])|\bimport\s*\(|\beval\s*\(|\bnew Function\b|\bMath\.random\b/;
const NEWER = /\?\.(?=[\w[(])|\?\?|\bcatch \{|#\w+\s*[(=]|\bstatic \{|(?<![\w$])\d+_\d|\.replaceAll\(|\.at\(|Object\.fromEntries|\.flatMap\(|\.flat\(|\.matchAll\(/;

for (const file of scripts) {
  test(`${name(file)} needs nothing that WeChat's JavaScript lacks`, () => {
    const words = withoutComments(fs.readFileSync(file, 'utf8')).replace(/"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'/g, '""');

    assert.equal(LACKING.exec(words)?.[0], undefined);
  });
  test(`${name(file)} is ES2018`, () => {
    const words = withoutComments(fs.readFileSync(file, 'utf8')).replace(/"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|\/(?![/*])(?:[^/\\\n]|\\.)+\/[gimsuy]*(?=[.,;)\s])/g, '""');

    assert.equal(NEWER.exec(words)?.[0], undefined);
  });
}

test('the checks above find what they look for', () => {
  for (const bad of ['const x = window.crypto;', 'fetch(a)', 'new TextEncoder()', 'await import("x")', 'BigInt(7)']) assert.match(bad, LACKING);
  for (const bad of ['a?.b', 'a ?? b', 'try {} catch {}']) assert.match(bad, NEWER);
});

test('the whole stays below 400 kB, far from the 2 MB of a package', () => {
  const size = filesUnder(folder, '').reduce((sum, file) => sum + fs.statSync(file).size, 0);

  assert.ok(size < 400_000, `${size}`);
});

// ---- the core without DOM and WebCrypto

const answers = (calls) => async ({ method, path: where, body }) => {
  calls.push({ where, body: body === undefined ? undefined : JSON.parse(body) });
  if (where.endsWith('/unlock')) return { status: 200, body: { secret: 'A'.repeat(43) } };
  if (method === 'POST') return { status: 200, body: { serial: '0a1b' } };
  throw new Error('no network');
};

function core(more = {}) {
  const calls = [];
  const device = new Device(folder, { origin: 'https://login.example.cn', answer: answers(calls), ...more }).load();
  const { miniPhone, makeCertificate, signText } = device.require('lib/qrgate.js');
  return { device, calls, mini: miniPhone(), makeCertificate, signText };
}

const wish = { person: 'p1', challenge: 'c1', smsCode: '123456', passphrase: '392817', biometric: { kind: 'simulated' } };
const how = { der: true, hash: true, userId: '1234567812345678' };

test('the context has no DOM, no WebCrypto, no eval and no chance', () => {
  const { device } = core();
  for (const absent of ['window', 'document', 'crypto', 'TextEncoder', 'BigInt', 'URL', 'process', 'require']) {
    assert.equal(device.context[absent], undefined, absent);
  }
});

test('a key made there proves itself, and what it sealed opens with the H5 core', async () => {
  const { mini, calls, makeCertificate } = core();
  const key = await makeCertificate(mini.phone, wish);
  const [{ body }] = calls;
  const point = Buffer.from(body.public_key, 'base64url').toString('hex');
  const octets = (text) => new Uint8Array(Buffer.from(text, 'base64url'));
  const opened = openKey(await stretch('392817', octets(key.salt)), new Uint8Array(32), key.serial, octets(key.sealed));

  assert.ok(sm2.doVerifySignature('qrgate-certificate-v1\nc1\n', Buffer.from(body.proof, 'base64url').toString('hex'), point, how));
  assert.equal(sm2.getPublicKeyFromPrivateKey(toHex(opened)), point);
});

test('a text is signed there as the rest of the world verifies it', async () => {
  const { mini, calls, makeCertificate, signText } = core();
  const key = await makeCertificate(mini.phone, wish);
  const signature = await signText(mini.phone, key, '392817', 'qrgate-login-v1\n北京\n');
  const point = Buffer.from(calls[0].body.public_key, 'base64url').toString('hex');

  assert.ok(sm2.doVerifySignature([...utf8('qrgate-login-v1\n北京\n')], Buffer.from(signature, 'base64url').toString('hex'), point, how));
});

test('two phones make two keys', async () => {
  const keys = await Promise.all([core(), core()].map(({ mini, makeCertificate }) => makeCertificate(mini.phone, wish)));

  assert.notEqual(keys[0].publicKey, keys[1].publicKey);
});

test('a WeChat without wx.getRandomValues makes no key at all', async () => {
  const { device, mini, calls, makeCertificate } = core();
  delete device.wx.getRandomValues;

  await assert.rejects(makeCertificate(mini.phone, wish), /getRandomValues/);
  assert.deepEqual(calls, []);
});

test('randomness that is all the same makes no key', async () => {
  const { device, mini, calls, makeCertificate } = core();
  device.wx.getRandomValues = ({ length, success }) => success({ randomValues: new ArrayBuffer(length) });

  await assert.rejects(makeCertificate(mini.phone, wish), /no usable randomness/);
  assert.deepEqual(calls, []);
});

test('a request carries the bearer token, no cookie, and our language', async () => {
  const { device, mini } = core();
  mini.phone.api.token = 't1';
  await assert.rejects(mini.phone.api.me());
  const { header, method, path: where } = device.wx.calls.at(-1);

  assert.deepEqual({ header: { ...header }, method, where }, {
    header: { Accept: 'application/json', 'Accept-Language': 'zh-CN', Authorization: 'Bearer t1' }, method: 'GET', where: '/api/v1/phone/me',
  });
});

// ---- pages

test('every page of app.json is whole', () => {
  const { pages } = JSON.parse(read('app.json'));
  for (const page of pages) {
    for (const ending of ['js', 'wxml', 'wxss', 'json']) assert.ok(fs.existsSync(path.join(folder, `${page}.${ending}`)), `${page}.${ending}`);
    assert.ok(JSON.parse(read(`${page}.json`)).navigationBarTitleText, page);
  }
  assert.equal(views.length, pages.length, 'no page outside app.json');
});

test("every handler that a page's wxml binds is one of its methods", () => {
  for (const view of views) {
    const script = fs.readFileSync(view.replace(/wxml$/, 'js'), 'utf8');
    for (const [, method] of fs.readFileSync(view, 'utf8').matchAll(/\bbind\w+="(\w+)"/g)) {
      assert.match(script, new RegExp(`^\\t\\t(async )?${method}\\(`, 'm'), `${name(view)}: ${method}`);
    }
  }
});

// Words and values of wxml that no page gives are empty on the screen, and no type tells.
test('every value that wxml shows is in its page', () => {
  const device = new Device(folder, { origin: 'https://login.example.cn', answer: () => new Promise(() => {}), kept: { 'qrgate.login': JSON.stringify({ token: 't', person: { id: 'p', level: 3, kind: 'personal', name_masked: '林*' }, birthDate: '' }) } }).load();
  for (const view of views) {
    const route = name(view).replace(/\.wxml$/, '');
    const { data } = device.open(route);
    for (const [, expression] of fs.readFileSync(view, 'utf8').matchAll(/\{\{(.*?)\}\}/g)) {
      for (const [whole] of expression.replace(/'[^']*'/g, '').matchAll(/[a-z_]+(?:\.\w+)*/g)) {
        const [first, ...rest] = whole.split('.');
        if (['item', 'index', 'true', 'false', 'length'].includes(first)) continue;
        const value = rest.filter((part) => part !== 'length').reduce((inner, part) => inner?.[part], data[first]);
        assert.notEqual(value, undefined, `${route}: {{${expression}}}: no ${whole}`);
        if (['t', 'own', 'o', 'home', 'secret', 'opening'].includes(first)) assert.notEqual(value, '', `${route}: ${whole}`);
      }
    }
  }
});

// Opening tags with their attributes and the text up to the next tag.
function tags(wxml) {
  return [...wxml.matchAll(/<([a-z-]+)((?:\s+[\w:*-]+(?:="[^"]*")?)*)\s*\/?>([^<]*)/g)].map(([, tag, attributes, text]) => ({
    tag,
    text: text.trim(),
    attributes: Object.fromEntries([...attributes.matchAll(/([\w:*-]+)(?:="([^"]*)")?/g)].map(([, key, value]) => [key, value ?? ''])),
  }));
}

function nameless(wxml) {
  return tags(wxml).filter(({ tag, text, attributes }) => {
    if (attributes['aria-label']) return false;
    if (['input', 'radio', 'checkbox', 'image', 'radio-group', 'switch', 'slider'].includes(tag)) return true;
    if (tag === 'button') return text === '';
    // Whatever else can be tapped is no button for who hears the screen, unless it says so.
    return Object.keys(attributes).some((key) => /^(bind|catch):?tap$/.test(key)) && !(attributes['aria-role'] && text);
  });
}

for (const view of views) {
  test(`${name(view)}: everything that is tapped or typed into has a name, and words stand in the texts`, () => {
    const wxml = fs.readFileSync(view, 'utf8');

    assert.deepEqual(nameless(wxml), []);
    assert.doesNotMatch(wxml.replace(/：/g, ''), /[\u4e00-\u9fff]/, 'words belong into the texts');
    for (const { attributes } of tags(wxml).filter(({ attributes }) => (attributes.class ?? '').split(' ').includes('problem') && attributes['wx:if'])) {
      assert.ok(attributes['aria-role'] === 'alert' || /^problems\./.test(attributes['wx:if'].slice(2)) || /_problem|disabled/.test(attributes['wx:if']), attributes['wx:if']);
    }
  });
}

test('the check of names finds a nameless control', () => {
  assert.equal(nameless('<input value="{{x}}" />').length, 1);
  assert.equal(nameless('<button bindtap="go"></button>').length, 1);
  assert.equal(nameless('<view bindtap="go">去</view>').length, 1);
  assert.equal(nameless('<button bindtap="go">{{t.go}}</button>').length, 0);
});

test('targets are 48 px, and 60 px in easy mode', () => {
  const wxss = read('app.wxss');
  for (const target of ['button', 'input', 'choice']) assert.match(wxss, new RegExp(`\\.${target} \\{[^}]*min-height: 48px`), target);

  assert.match(wxss, /\.easy \.button, \.easy \.input, \.easy \.choice \{ min-height: 60px; \}/);
  assert.doesNotMatch(wxss, /font-size: \d+(px|rpx)/, 'sizes follow the page');
});

test('the sources keep the types of WeChat and of core', () => {
  const tsc = path.join(here, 'web/node_modules/typescript/bin/tsc');

  execFileSync(process.execPath, [tsc, '-p', path.join(here, 'web/miniprogram')], { stdio: 'pipe' });
});
