// Beside the drawn characters: see them twice as large, hear digits instead, or type nothing. The last two are loaded
// when somebody turns to them (captcha_unseen.ts); where that fails their buttons go and the picture still works.
import type { Captcha } from "../core/api.ts";
import type { CaptchaUnseen } from "./captcha_unseen.ts";
import { el } from "./dom.ts";

const words = {
  zh: ["放大图片", "听验证码（6 个数字）", "不输入验证码"],
  en: ["Larger picture", "Listen (6 digits, in Mandarin)", "Type nothing"],
} as const;

export interface CaptchaWays {
  root: HTMLElement;
  show(captcha: Captcha): void;
  // The answer of who types nothing: base64, or null where it could not be had. Undefined: they type.
  work(): Promise<string | null | undefined>;
}

// `picture` is what grows; it may be empty yet.
export function captchaWays(picture: HTMLElement): CaptchaWays {
  const button = (text: string): HTMLButtonElement => el("button", { type: "button", class: "button" }, text);
  const [large, hear, nothing] = words[document.documentElement.lang === "en" ? "en" : "zh"];
  const [grow, listen, skip] = [button(large), button(hear), button(nothing)];
  const status = el("p", { class: "hint captcha-status", role: "status" });
  const audio = el("audio", { controls: "", preload: "none", hidden: "" });
  const root = el("div", { class: "captcha-ways" }, el("div", { class: "row" }, grow, listen, skip), audio, status);
  let captcha: Captcha | undefined;
  let lost = false;
  let unseen: Promise<CaptchaUnseen | undefined> | undefined;

  // Started before the press, so that the press itself, which lets a sound play, waits for nothing.
  function load(): Promise<CaptchaUnseen | undefined> {
    unseen ??= import("./captcha_unseen.ts").then(({ captchaUnseen }) => {
      const made = captchaUnseen(listen, audio, status);
      if (captcha) made.show(captcha);
      return made;
    }).catch(() => void (lost = listen.hidden = skip.hidden = true));
    return unseen;
  }

  grow.setAttribute("aria-pressed", "false");
  grow.addEventListener("click", () => grow.setAttribute("aria-pressed", String(picture.classList.toggle("large"))));
  listen.hidden = true;
  skip.hidden = !globalThis.crypto?.subtle; // a page over plain HTTP has none
  for (const name of ["pointerover", "focusin"]) root.addEventListener(name, () => void load());
  listen.addEventListener("click", () => void load().then((made) => made?.play()));
  skip.addEventListener("click", () => void load().then((made) => made?.start()));
  return {
    root,
    show(fresh) {
      captcha = fresh;
      listen.hidden = lost || fresh.audio === undefined;
      void unseen?.then((made) => made?.show(fresh));
    },
    work: async () => (await unseen)?.work(),
  };
}
