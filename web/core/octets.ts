// Octets as text. Written out because a mini-program has neither TextEncoder, atob nor Buffer.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export class EncodingError extends Error {
  override name = "EncodingError";
}

export function toBase64Url(octets: Uint8Array): string {
  let text = "";
  for (let i = 0; i < octets.length; i += 3) {
    const group = ((octets[i] ?? 0) << 16) | ((octets[i + 1] ?? 0) << 8) | (octets[i + 2] ?? 0);
    const digits = Math.min(octets.length - i, 3) + 1;
    for (let d = 0; d < digits; d++) text += alphabet[(group >> (18 - 6 * d)) & 63];
  }
  return text;
}

// Strict: no padding, no other characters, no bits left over.
export function fromBase64Url(text: string): Uint8Array {
  if (text.length % 4 === 1) throw new EncodingError("not base64url");
  const octets = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of text) {
    const value = alphabet.indexOf(character);
    if (value < 0) throw new EncodingError("not base64url");
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      octets[at++] = (held >> bits) & 255;
    }
  }
  if ((held & ((1 << bits) - 1)) !== 0) throw new EncodingError("not base64url");
  return octets;
}

export function toHex(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += octet.toString(16).padStart(2, "0");
  return text;
}

export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new EncodingError("not hex");
  const octets = new Uint8Array(text.length / 2);
  for (let i = 0; i < octets.length; i++) octets[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return octets;
}

export function utf8(text: string): Uint8Array {
  const escaped = encodeURIComponent(text);
  const octets: number[] = [];
  for (let i = 0; i < escaped.length; i++) {
    if (escaped[i] === "%") {
      octets.push(parseInt(escaped.slice(i + 1, i + 3), 16));
      i += 2;
    } else {
      octets.push(escaped.charCodeAt(i));
    }
  }
  return Uint8Array.from(octets);
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
