// Which of this phone's keys can be used: the newest whose certificate the server calls active.
import type { SealedKey } from "../core/device_store.ts";
import type { Me } from "../core/phone_api.ts";
import type { App } from "./app.ts";

export function usableKey(app: App, me: Me): SealedKey | undefined {
  const active = me.certificates.filter(({ state, usable }) => usable ?? (state ?? "active") === "active").map(({ serial }) => serial);
  return app.phone.store
    .keys(me.person.id)
    .reverse()
    .find((key) => active.includes(key.serial));
}
