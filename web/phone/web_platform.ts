// The phone's core in a browser page. localStorage may be switched off: reading then finds nothing, writing throws.
import type { Platform } from "../core/platform.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import { fingerprint } from "./fingerprint.ts";

export const webPlatform: Platform = {
  random: (octets) => Promise.resolve(crypto.getRandomValues(new Uint8Array(octets))),
  send: fetchSend,
  biometric: fingerprint,
  store: {
    get: (name) => {
      try {
        return localStorage.getItem(name);
      } catch {
        return null;
      }
    },
    set: (name, value) => localStorage.setItem(name, value),
    remove: (name) => {
      try {
        localStorage.removeItem(name);
      } catch {
        // nothing was kept there
      }
    },
  },
};
