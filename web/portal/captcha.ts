// The captcha picture of a form: shown, changed on demand, renewed before it ends. Any answer uses one up.
// Several on one page: give each its own ids by a prefix ("sms-" → #sms-captcha …).
import { request, type Captcha, type CaptchaAnswer } from "../core/api.ts";
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
  // null: nothing typed.
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
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(captcha: Captcha): void {
    id.value = captcha.id;
    picture.replaceChildren(el("img", { src: captcha.image, alt: texts.captcha_alt, width: "160", height: "60" }));
    picture.hidden = false;
    clearTimeout(timer);
    // Not while somebody is typing: then the answer brings the new one.
    timer = setTimeout(() => input.value === "" && void renew(), Math.max(captcha.expires_in - 10, 10) * 1000);
  }

  async function renew(): Promise<void> {
    try {
      show(await request<Captcha>(fetchSend, { method: "POST", path: "/api/v1/captcha" }));
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

  again.hidden = false;
  again.addEventListener("click", () => void change());
  picture.addEventListener("click", () => void change().then(() => input.focus()));
  return {
    show,
    renew,
    answer: () => Promise.resolve(input.value.trim() === "" ? null : { captcha_id: id.value, captcha: input.value.trim() }),
    failed(fresh) {
      input.value = "";
      if (fresh) show(fresh);
      else void renew();
    },
  };
}
