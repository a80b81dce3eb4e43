// One page of the mini-program, compiled and drawn by miniprogram-simulate (WeChat's component engine on jsdom), for
// tests that tap what is on the screen and read what it says.
import { createRequire } from 'node:module';
import path from 'node:path';
import { after as atTheEnd } from 'node:test';
import { JSDOM } from 'jsdom';
import { until } from '../../support/until.mjs';
import { fakeWx } from './wx.mjs';

const require = createRequire(import.meta.url);

// The engine takes the window and what belongs to it from the global object.
const { window } = new JSDOM('<!doctype html><html><head></head><body></body></html>', { pretendToBeVisual: true });
Object.assign(globalThis, { window, document: window.document });
for (const name of ['HTMLElement', 'Node', 'Event', 'CustomEvent', 'TouchEvent', 'MutationObserver', 'getComputedStyle']) {
  globalThis[name] = window[name];
}
atTheEnd(() => window.close());
const simulate = require('miniprogram-simulate');
const engine_wx = globalThis.wx;

export const origin = 'https://login.example.cn';

export class Rendered {
  // `after`: another page of the same phone, which goes away. `query`: how the page was opened.
  static open(folder, name, { after, query = {}, ...more }) {
    after?.close();
    const wx = after?.wx ?? Object.assign(fakeWx({ origin, ...more }), { __proto__: engine_wx });
    globalThis.wx = wx;
    globalThis.getCurrentPages = () => [{ route: `pages/${name}/${name}` }];
    if (!after) for (const file of Object.keys(require.cache)) if (file.startsWith(folder)) delete require.cache[file];
    const id = simulate.load(path.join(folder, 'pages', name, name), { compiler: 'simulate', rootPath: folder });
    const page = simulate.render(id);
    const parent = document.createElement('div');
    document.body.replaceChildren(parent);
    page.attach(parent);
    page.instance.onLoad?.(query);
    page.triggerPageLifeTime('show');
    return new Rendered(page, wx);
  }

  constructor(page, wx) {
    Object.assign(this, { page, wx });
  }

  get words() {
    return this.page.dom.textContent.replace(/\s+/g, ' ');
  }

  // Where it went last.
  went(url) {
    return until(`${url} after ${this.wx.went}`, () => this.wx.went.at(-1) === url, 8000);
  }

  has(selector) {
    return this.page.querySelector(selector) !== undefined;
  }

  says(text) {
    return until(`"${text}" in "${this.words}"`, () => this.words.includes(text), 8000);
  }

  tap(selector) {
    const found = this.page.querySelector(selector);
    if (!found) throw new Error(`no ${selector} in "${this.words}"`);
    found.dispatchEvent('tap');
  }

  type(selector, value) {
    const found = this.page.querySelector(selector);
    if (!found) throw new Error(`no ${selector} in "${this.words}"`);
    found.dispatchEvent('input', { detail: { value } });
  }

  close() {
    this.page.detach();
  }
}
