// Waits until `look` gives something true, and gives it. `what` is said when it does not come.
export async function until(what, look, within_ms = 20_000) {
  for (const end = Date.now() + within_ms; Date.now() < end;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come within ${within_ms / 1000} s`);
}
