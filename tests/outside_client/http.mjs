// Plain HTTP for a client that must be able to say anything, also what a browser never would.
// Written from docs/protocol.md only; shares no code with web/.
import http from 'node:http';
import https from 'node:https';

const TIMEOUT_MS = 40_000; // the long poll takes 25 s

// One exchange. `body`: undefined, a Buffer or string as it is, or an object (sent as JSON).
export function exchange(base, method, path, { headers = {}, body } = {}) {
  const url = new URL(path, base);
  const payload = body === undefined ? undefined
    : typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body)
    : Buffer.from(JSON.stringify(body));
  const all = { 'accept-language': 'en', ...headers };
  if (payload !== undefined) {
    all['content-type'] ??= 'application/json';
    all['content-length'] = payload.length;
  } else if (method !== 'GET' && method !== 'HEAD') {
    all['content-length'] = 0;
  }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, { method, headers: all }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve(new Answer(`${method} ${path}`, response, Buffer.concat(parts))));
    });
    request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error(`${method} ${path}: no answer in ${TIMEOUT_MS / 1000} s`)));
    request.on('error', reject);
    request.end(payload);
  });
}

export class Answer {
  constructor(what, response, body) {
    this.what = what;
    this.status = response.statusCode;
    this.headers = response.headers;
    this.bytes = body;
    this.text = body.toString('utf8');
  }

  get json() {
    if (!(this.headers['content-type'] ?? '').startsWith('application/json')) return undefined;
    return JSON.parse(this.text);
  }

  // `200`, or `403 level_too_low`.
  get verdict() {
    const code = this.status >= 400 ? this.json?.error?.code : undefined;
    return code === undefined ? `${this.status}` : `${this.status} ${code}`;
  }
}

// A browser: a jar of cookies and an Origin.
export class Browser {
  #cookies = new Map();

  constructor(base) {
    this.base = base;
    this.origin = new URL(base).origin;
  }

  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  // Another browser with the same cookies, as they are now.
  copy() {
    const other = new Browser(this.base);
    other.#cookies = new Map(this.#cookies);
    return other;
  }

  async call(method, path, body, headers = {}) {
    const own = { ...(method === 'GET' ? {} : { origin: this.origin }), ...(this.cookie ? { cookie: this.cookie } : {}) };
    const answer = await exchange(this.base, method, path, { headers: { ...own, ...headers }, body });
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(line);
    return answer;
  }

  #keep(line) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    const gone = value === '' || attributes.some((attribute) => /^max-age=(0|-\d+)$/i.test(attribute));
    if (gone) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
