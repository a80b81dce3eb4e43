// Mobile numbers of mainland China and codes sent to them, as people type or paste them. The server checks again.

const halfWidth = (text: string): string => text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
const invisible = /[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g;

// Full-width to half-width; blanks, dashes and brackets out; +86, 0086 or 86 in front of a whole number dropped.
export function tidyPhone(typed: string): string {
  const plain = halfWidth(typed).replace(invisible, "").replace(/[-()\u2010-\u2015]/g, "");
  return plain.replace(/^(?:\+|00)?86(?=1\d{10}$)/, "");
}

export const isPhone = (number: string): boolean => /^1[3-9]\d{9}$/.test(number);

// 139****0001
export const maskedPhone = (number: string): string => `${number.slice(0, 3)}****${number.slice(-4)}`;

// The six digits of a code in what was typed or pasted, a whole text message too; "" where there are none. A run of
// other than six digits (a telephone number) is no code.
export function codeIn(typed: string): string {
  const plain = halfWidth(typed);
  const alone = plain.replace(invisible, "");
  if (/^\d{6}$/.test(alone)) return alone;
  return /(?<!\d)\d{6}(?!\d)/.exec(plain)?.[0] ?? "";
}
