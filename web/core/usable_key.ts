// Which of this phone's keys can be used: the newest whose certificate the server calls active.
import type { DeviceStore, SealedKey } from "./device_store.ts";
import type { Me } from "./phone_api.ts";

export function usableKey(store: DeviceStore, me: Me): SealedKey | undefined {
  const active = me.certificates.filter(({ state, usable }) => usable ?? (state ?? "active") === "active").map(({ serial }) => serial);
  return store
    .keys(me.person.id)
    .reverse()
    .find((key) => active.includes(key.serial));
}
