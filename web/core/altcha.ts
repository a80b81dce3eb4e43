// The captcha that asks nothing of a person: find the number whose key begins as the server says (ALTCHA proof of
// work v2, docs/protocol.md section 3). How a key is derived is passed in: pages have WebCrypto, others do not.

export interface Challenge {
  parameters: { cost: number; keyLength: number; keyPrefix: string; nonce: string; salt: string };
  signature: string;
}

export type Derive = (password: Uint8Array, salt: Uint8Array, cost: number, octets: number) => Promise<Uint8Array>;

export interface Solved {
  challenge: Challenge;
  solution: { counter: number; derivedKey: string; time: number };
}

const atOnce = 4; // derivations run on threads of the browser
const mostSteps = 1_000_000;

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function toHex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

// null when `wanted` says that nobody waits any more, or there is no such number.
export async function solve(challenge: Challenge, derive: Derive, wanted: () => boolean): Promise<Solved | null> {
  const { cost, keyLength, keyPrefix, nonce, salt } = challenge.parameters;
  const [front, salted, began] = [fromHex(nonce), fromHex(salt), Date.now()];

  async function keyOf(counter: number): Promise<string> {
    const password = new Uint8Array(front.length + 4);
    password.set(front);
    new DataView(password.buffer).setUint32(front.length, counter);
    return toHex(await derive(password, salted, cost, keyLength));
  }

  for (let first = 0; first < mostSteps && wanted(); first += atOnce) {
    const keys = await Promise.all(Array.from({ length: atOnce }, (_, i) => keyOf(first + i)));
    const found = keys.findIndex((key) => key.startsWith(keyPrefix));
    if (found >= 0) {
      return { challenge, solution: { counter: first + found, derivedKey: keys[found] ?? "", time: Date.now() - began } };
    }
  }
  return null;
}
