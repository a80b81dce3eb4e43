// The captcha field of a form: picture, sound, or nothing to type; changed on demand, renewed before it ends. Any
// answer uses one up. Several on one page: give each its own ids by a prefix ("reset-" → #reset-captcha …).
import { request, type Captcha, type CaptchaAnswer } from "../core/api.ts";
import { captchaWays } from "../shell/captcha_ways.ts";
import { easy } from "../shell/display.ts";
import { byId, el } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";

export interface CaptchaTexts {
  captcha_alt: string;
  captcha_new: string;
  captcha_failed: string;
}

export interface CaptchaField {
  show(captcha: Captcha): void;
  renew(): Promise<void>;
  // null: nothing typed, and the browser was not asked to do it instead.
  answer(): Promise<CaptchaAnswer | null>;
  // After a failed call: the one it brought, else another. What was typed belonged to the old one.
  failed(fresh: Captcha | undefined): void;
}

export function startCaptcha(texts: CaptchaTexts, say: (text: string) => void, prefix = ""): CaptchaField {
  const part = <T extends HTMLElement = HTMLElement>(name: string): T => byId<T>(prefix + name);
  const input = part<HTMLInputElement>("captcha");
  const id = part<HTMLInputElement>("captcha_id");
  const picture = part("captcha-picture");
  const again = part("captcha-again");
  const problem = part("captcha-problem");
  const ways = captchaWays(picture);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(captcha: Captcha): void {
    id.value = captcha.id;
    picture.replaceChildren(el("img", { src: captcha.image, alt: texts.captcha_alt, width: "160", height: "60" }));
    picture.hidden = false;
    ways.show(captcha);
    clearTimeout(timer);
    // Not while somebody is typing: then the answer brings the new one.
    timer = setTimeout(() => input.value === "" && void renew(), Math.max(captcha.expires_in - 10, 10) * 1000);
  }

  async function renew(): Promise<void> {
    try {
      show(await request<Captcha>(fetchSend, { method: "POST", path: `/api/v1/captcha${easy()}` }));
    } catch {
      say(texts.captcha_failed);
      problem.textContent = texts.captcha_failed;
    }
  }

  async function change(): Promise<void> {
    input.value = "";
    problem.textContent = "";
    await renew();
    say(texts.captcha_new);
  }

  async function answer(): Promise<CaptchaAnswer | null> {
    const typed = input.value.trim();
    if (typed !== "") return { captcha_id: id.value, captcha: typed };
    const altcha = await ways.work();
    return altcha ? { altcha } : null;
  }

  again.hidden = false;
  again.addEventListener("click", () => void change());
  picture.addEventListener("click", () => void change().then(() => input.focus()));
  problem.before(ways.root);
  return {
    show,
    renew,
    answer,
    failed(fresh) {
      input.value = "";
      if (fresh) show(fresh);
      else void renew();
    },
  };
}
