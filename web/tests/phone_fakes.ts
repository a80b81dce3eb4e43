// A platform in memory, and randomness that can be repeated.
import { createHash, randomBytes } from "node:crypto";
import type { Send } from "../core/api.ts";
import type { Platform, Store } from "../core/platform.ts";

export class MemoryStore implements Store {
  readonly kept = new Map<string, string>();
  full = false;
  get(name: string): string | null {
    return this.kept.get(name) ?? null;
  }
  set(name: string, value: string): void {
    if (this.full) throw new Error("QuotaExceededError");
    this.kept.set(name, value);
  }
  remove(name: string): void {
    this.kept.delete(name);
  }
}

export function platform(send: Send = () => Promise.reject(new Error("no network"))): Platform & { store: MemoryStore } {
  return { random: async (octets) => new Uint8Array(randomBytes(octets)), send, store: new MemoryStore() };
}

export function randomness(seed: string): Pick<Platform, "random"> {
  let turn = 0;
  return {
    random: async (octets) =>
      new Uint8Array(createHash("shake256", { outputLength: octets }).update(`${seed}${turn++}`).digest()),
  };
}
