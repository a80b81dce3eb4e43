// The text a phone signs (docs/protocol.md section 5, "What is signed"), read strictly: what the person sees is
// taken from these lines and from nothing else. A text for another site, person or certificate is refused.

export interface LoginText {
  origin: string;
  ticket: string;
  nonce: string;
  person: string;
  certificate: string;
  family: string;
  os: string;
  address: string;
  started: string;
  expires: string;
}

export type TextFault = "malformed" | "origin" | "person" | "certificate" | "ticket";

export class TextRefused extends Error {
  override name = "TextRefused";
  readonly fault: TextFault;
  constructor(fault: TextFault) {
    super(`the text to sign is refused: ${fault}`);
    this.fault = fault;
  }
}

const moment = /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const shapes: [keyof LoginText | "browser", RegExp][] = [
  ["origin", /^https?:\/\/[0-9A-Za-z.:[\]-]+$/],
  ["ticket", /^[0-9A-Za-z_-]{1,32}$/],
  ["nonce", /^[0-9A-Za-z_-]{43}$/],
  ["person", /^\S+$/],
  ["certificate", /^[0-9a-f]+$/],
  ["browser", /^.+ on .+$/],
  ["address", /^\S.*$/],
  ["started", moment],
  ["expires", moment],
];
// C0, DEL, C1, line and paragraph separators, marks that turn or hide writing: none may change what is shown.
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

function parse(text: string): LoginText {
  const lines = text.split("\n");
  if (lines.length !== shapes.length + 2 || lines[0] !== "qrgate-login-v1" || lines[lines.length - 1] !== "") {
    throw new TextRefused("malformed");
  }
  const values: Record<string, string> = {};
  shapes.forEach(([name, shape], i) => {
    const line = lines[i + 1] ?? "";
    const value = line.slice(name.length + 2);
    if (!line.startsWith(`${name}: `) || unprintable.test(line) || !shape.test(value)) {
      throw new TextRefused("malformed");
    }
    values[name] = value;
  });
  const browser = values["browser"] ?? "";
  const cut = browser.lastIndexOf(" on ");
  delete values["browser"];
  return { ...values, family: browser.slice(0, cut), os: browser.slice(cut + 4) } as unknown as LoginText;
}

export interface Expected {
  origin: string;
  person: string;
  certificate: string;
  ticket: string;
}

export function readLoginText(text: string, expected: Expected): LoginText {
  const login = parse(text);
  for (const name of ["origin", "person", "certificate", "ticket"] as const) {
    if (login[name] !== expected[name]) throw new TextRefused(name);
  }
  return login;
}
