// The button for another code: a minute passes between two texts, and the button counts it.
import { fill } from "../shell/dom.ts";

export interface Resend {
  wait(seconds: number): void;
}

export function startResend(button: HTMLElement, texts: { resend: string; resend_in: string }, again: () => void): Resend {
  let until = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  function show(): void {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.textContent = left > 0 ? fill(texts.resend_in, { n: left }) : texts.resend;
    if (left > 0) return button.setAttribute("aria-disabled", "true");
    button.removeAttribute("aria-disabled");
    clearInterval(timer);
  }

  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") again();
  });
  return {
    wait: (seconds) => {
      until = Date.now() + seconds * 1000;
      clearInterval(timer);
      timer = setInterval(show, 1000);
      show();
    },
  };
}
