// Certificates that an interrupted download left behind are revoked as soon as the phone is home again.
import type { App } from "./app.ts";

export async function finishTakingBackIfAny(app: App): Promise<void> {
  const person = app.flow.person?.id;
  if (person === undefined || app.phone.store.unfinished(person).length === 0) return;
  const { finishTakingBack } = await import("../core/certificate.ts");
  await finishTakingBack(app.phone, person);
}
