// What the login page hands to the reset page when a right password must change. It stays in this tab: never in an
// address, which is logged and kept in the history.
const key = "qrgate-reset-ticket";

export function keepResetTicket(ticket: unknown): void {
  if (typeof ticket !== "string") return;
  try {
    sessionStorage.setItem(key, ticket);
  } catch {
    // storage is switched off: the reset page asks for the number instead
  }
}

export function resetTicket(): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

export function dropResetTicket(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // as above
  }
}
