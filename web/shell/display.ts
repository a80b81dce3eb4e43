// Big text, high contrast and the language link of the page's head. Choices are remembered on this device; for those
// who are logged in the account's choices come first (portal/preferences.ts).
// Imported first by every page, so that the page is drawn once.

const choices = ["big", "contrast"] as const;
export type Choice = (typeof choices)[number];

function stored(choice: Choice): boolean {
  try {
    return localStorage.getItem(`qrgate-${choice}`) === "1";
  } catch {
    return false; // storage is switched off: the choice lasts for this page
  }
}

function remember(choice: Choice, on: boolean): void {
  try {
    localStorage.setItem(`qrgate-${choice}`, on ? "1" : "0");
  } catch {
    // as above
  }
}

function apply(choice: Choice, on: boolean): void {
  // Forms without script and calls that no page thought of: the server reads it there.
  if (choice === "big" && (on || document.cookie.includes("qrgate-easy"))) document.cookie = `qrgate-easy=${on ? 1 : 0}; Path=/; Max-Age=31536000; SameSite=Lax`;
  document.documentElement.classList.toggle(choice, on);
  document.getElementById(`toggle-${choice}`)?.setAttribute("aria-pressed", String(on));
}

export function choose(choice: Choice, on: boolean): void {
  remember(choice, on);
  apply(choice, on);
}

export function isChosen(choice: Choice): boolean {
  return document.documentElement.classList.contains(choice);
}

export function isBig(): boolean {
  return isChosen("big");
}

// The same before startDisplay() has run.
export function willBeBig(): boolean {
  return isBig() || stored("big");
}

// What asks the server for longer time limits: large text and more time are one easy mode (docs/protocol.md section 2).
export function easy(on = isBig()): "" | "?easy=1" {
  return on ? "?easy=1" : "";
}

export function startDisplay(onChange: () => void = () => {}): void {
  for (const choice of choices) {
    apply(choice, stored(choice));
    const button = document.getElementById(`toggle-${choice}`);
    if (!button) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      choose(choice, !isChosen(choice));
      onChange();
    });
  }
  keepParametersInLanguageLink();
}

export function rememberLanguage(tag: string): void {
  document.cookie = `qrgate-lang=${tag}; Path=/; Max-Age=31536000; SameSite=Lax`;
}

// The link works without script; with it, it keeps the page's other parameters and the choice is remembered.
function keepParametersInLanguageLink(): void {
  const link = document.getElementById("language");
  if (!(link instanceof HTMLAnchorElement)) return;
  link.addEventListener("click", () => {
    const parameters = new URLSearchParams(location.search);
    parameters.set("lang", link.lang);
    link.href = `?${parameters}${location.hash}`;
    rememberLanguage(link.lang);
  });
}
