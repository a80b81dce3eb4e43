// A phone without a screen: the built pages run in a context of their own that has ECMAScript and `wx` and nothing
// else: no DOM, no WebCrypto, no TextEncoder, no eval, no BigInt, no chance of Math.random. Pages are opened, shown and
// left as WeChat does it; a test taps by the name that the page's wxml binds.
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { fakeWx } from './wx.mjs';

const MOST_PAGES = 10; // WeChat's own limit

function putIn(data, name, value) {
  const parts = name.split('.');
  const last = parts.pop();
  parts.reduce((inner, part) => inner[part], data)[last] = value;
}

function withoutUndefined(name, value) {
  if (value === undefined) throw new Error(`setData of ${name} to undefined`);
  return JSON.parse(JSON.stringify(value)); // what the other layer gets
}

class Page {
  constructor(route, definition) {
    Object.assign(this, { route, definition, data: structuredClone(definition.data ?? {}) });
    for (const [name, method] of Object.entries(definition.methods ?? {})) this[name] = method;
  }

  setData(patch) {
    for (const [name, value] of Object.entries(patch)) putIn(this.data, name, withoutUndefined(name, value));
  }
}

export class Device {
  #folder;
  #modules = new Map();
  #definitions = new Map();
  #loading = '';
  pages = [];

  constructor(folder, { origin, answer, ...more }) {
    this.#folder = folder;
    this.origin = origin;
    const navigate = Object.fromEntries(['reLaunch', 'navigateTo', 'redirectTo', 'navigateBack']
      .map((how) => [how, (url) => setTimeout(() => this.#navigate(how, url), 0)]));
    this.wx = fakeWx({ origin, answer, navigate, ...more });
    // A page that goes on asking does not keep a test that is over.
    const timers = {
      setTimeout: (run, ms) => (ms > 500 ? setTimeout(run, ms).unref() : setTimeout(run, ms)),
      setInterval: (run, ms) => setInterval(run, ms).unref(),
      clearTimeout,
      clearInterval,
    };
    this.context = vm.createContext(
      { wx: this.wx, Component: (definition) => this.#definitions.set(this.#loading, definition), App() {}, getCurrentPages: () => this.pages, ...timers },
      { codeGeneration: { strings: false, wasm: false } },
    );
    vm.runInContext(`delete this.BigInt; delete this.WebAssembly;
      delete DataView.prototype.setBigUint64;
      Math.random = () => { throw new Error('Math.random'); };`, this.context);
  }

  // Every page of app.json is loaded, as WeChat does at the start.
  load() {
    this.require('app.js');
    const { pages } = JSON.parse(fs.readFileSync(path.join(this.#folder, 'app.json'), 'utf8'));
    for (const page of pages) {
      this.#loading = page;
      this.require(`${page}.js`);
    }
    return this;
  }

  require(file) {
    if (this.#modules.has(file)) return this.#modules.get(file).exports;
    const module = { exports: {} };
    this.#modules.set(file, module);
    // The first page asks for a server of its own; all else is as it was built.
    const source = file === 'config.js' ? `exports.config = ${JSON.stringify({ origin: this.origin })};`
      : fs.readFileSync(path.join(this.#folder, file), 'utf8');
    const names = 'require, module, exports, window, document, globalThis, self, global';
    const run = vm.runInContext(`(function (${names}) {${source}\n})`, this.context, { filename: file });
    run((name) => this.require(path.posix.join(path.posix.dirname(file), name)), module, module.exports);
    return module.exports;
  }

  get page() {
    return this.pages.at(-1);
  }

  // What WeChat does with a link: the page is the first of its stack.
  open(url) {
    this.#navigate('reLaunch', url);
    return this.page;
  }

  // A person types into a field and taps.
  type(name, value) {
    const handler = this.page.typed ?? this.page.typing;
    handler.call(this.page, { detail: { value }, currentTarget: { dataset: { name } } });
  }

  tap(method, dataset = {}) {
    return this.page[method]({ currentTarget: { dataset } });
  }

  #navigate(how, url) {
    if (how === 'reLaunch') while (this.pages.length) this.#leave();
    if (how === 'redirectTo' || how === 'navigateBack') this.#leave();
    if (how === 'navigateBack') this.page?.definition.pageLifetimes?.show?.call(this.page);
    else this.#enter(url);
  }

  #leave() {
    const left = this.pages.pop();
    left.definition.lifetimes?.detached?.call(left);
  }

  #enter(url) {
    const [route, query = ''] = url.replace(/^\//, '').split('?');
    const definition = this.#definitions.get(route);
    if (!definition) throw new Error(`${url} is no page`);
    if (this.pages.length === MOST_PAGES) throw new Error('too many pages');
    const page = new Page(route, definition);
    this.pages.push(page);
    definition.lifetimes?.attached?.call(page);
    page.onLoad?.(Object.fromEntries(query.split('&').filter(Boolean).map((pair) => pair.split('=')))); // as they came: still encoded
    definition.pageLifetimes?.show?.call(page);
  }
}
