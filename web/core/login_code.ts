// What a person brings to the phone: the content of a scanned QR code, or the 8 characters typed from the PC.

export type Scanned = { kind: "token"; token: string } | { kind: "foreign" } | { kind: "unreadable" };

const tokenShape = /^[0-9A-Za-z_-]{1,32}$/;

// Only `<our origin>/s/TOKEN` is a login code; a code of another site is named as such, never opened.
export function readQrContent(content: string, origin: string): Scanned {
  const text = content.trim();
  const prefix = `${origin}/s/`;
  if (text.startsWith(prefix) && tokenShape.test(text.slice(prefix.length))) {
    return { kind: "token", token: text.slice(prefix.length) };
  }
  return /^https?:\/\//i.test(text) && !text.startsWith(prefix) ? { kind: "foreign" } : { kind: "unreadable" };
}

export const shortCodeLength = 8;

// Upper case, half width, without dashes and spaces. null where it cannot be a code; the first character names a
// node and may be any letter or digit.
export function readShortCode(typed: string): string | null {
  const code = halfWidth(typed).toUpperCase().replace(/[\s\-–—_.]/g, "");
  return /^[0-9A-Z][23456789A-HJKMNP-TV-Z]{7}$/.test(code) ? code : null;
}

export function tokenOfPath(path: string): string | null {
  const match = /^\/s\/([0-9A-Za-z_-]{1,32})$/.exec(path);
  return match?.[1] ?? null;
}

export function halfWidth(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, " ");
}
