// What the phone keeps between visits: its device value, the login, the sealed keys of each person.
// Everything here may be read by a thief; the keys open only with passphrase and server secret together.
import type { Person } from "./api.ts";
import { toBase64Url } from "./octets.ts";
import type { Platform } from "./platform.ts";

export interface SavedLogin {
  token: string;
  person: Person;
  // For the rule that a passphrase is no birth date; empty for companies.
  birthDate: string;
}

export interface SealedKey {
  version: 1;
  person: string;
  serial: string;
  publicKey: string;
  salt: string;
  sealed: string;
}

const names = { device: "qrgate.device", login: "qrgate.login", keys: "qrgate.keys", unfinished: "qrgate.unfinished" };

export class StoreFull extends Error {
  override name = "StoreFull";
}

export class DeviceStore {
  private readonly platform: Platform;

  constructor(platform: Platform) {
    this.platform = platform;
  }

  async device(): Promise<string> {
    const known = this.platform.store.get(names.device);
    if (known !== null && /^[0-9A-Za-z_-]{22}$/.test(known)) return known;
    const made = toBase64Url(await this.platform.random(16));
    this.write(names.device, made);
    return made;
  }

  login(): SavedLogin | null {
    const saved = this.read(names.login) as SavedLogin | null;
    return saved !== null && typeof saved.token === "string" && typeof saved.person?.id === "string" ? saved : null;
  }

  saveLogin(login: SavedLogin): void {
    this.write(names.login, JSON.stringify(login));
  }

  forgetLogin(): void {
    this.platform.store.remove(names.login);
  }

  keys(person: string): SealedKey[] {
    return this.allKeys().filter((key) => key.person === person);
  }

  addKey(key: SealedKey): void {
    this.write(names.keys, JSON.stringify([...this.allKeys(), key]));
    if (!this.keys(key.person).some((kept) => kept.serial === key.serial)) throw new StoreFull("the key was not kept");
  }

  removeKey(serial: string): void {
    this.write(names.keys, JSON.stringify(this.allKeys().filter((key) => key.serial !== serial)));
  }

  // Certificates that exist at the server without a key here: to be revoked when the network is back.
  unfinished(person: string): string[] {
    const saved = this.read(`${names.unfinished}.${person}`);
    return Array.isArray(saved) ? saved.filter((serial): serial is string => typeof serial === "string") : [];
  }

  setUnfinished(person: string, serials: string[]): void {
    this.write(`${names.unfinished}.${person}`, JSON.stringify(serials));
  }

  private allKeys(): SealedKey[] {
    const saved = this.read(names.keys);
    return Array.isArray(saved) ? (saved as SealedKey[]).filter((key) => key?.version === 1) : [];
  }

  private read(name: string): unknown {
    try {
      return JSON.parse(this.platform.store.get(name) ?? "null");
    } catch {
      return null;
    }
  }

  private write(name: string, value: string): void {
    try {
      this.platform.store.set(name, value);
    } catch {
      throw new StoreFull("the phone keeps nothing");
    }
  }
}
