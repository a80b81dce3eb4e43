import type { SealedKey } from "../core/device_store.ts";
import type { Me } from "../core/phone_api.ts";
import { usableKey as usableOf } from "../core/usable_key.ts";
import type { App } from "./app.ts";

export function usableKey(app: App, me: Me): SealedKey | undefined {
  return usableOf(app.phone.store, me);
}
