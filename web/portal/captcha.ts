// The captcha picture of the form: shown, changed on demand, renewed before it ends. Any answer uses one up.
import { request, type Captcha } from "../core/api.ts";
import { byId, el } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import type { LoginTexts } from "./login_texts.ts";

export interface CaptchaField {
  show(captcha: Captcha): void;
  renew(): Promise<void>;
}

export function startCaptcha(texts: Pick<LoginTexts, "captcha_alt" | "captcha_new" | "captcha_failed">, say: (text: string) => void): CaptchaField {
  const input = byId<HTMLInputElement>("captcha");
  const picture = byId("captcha-picture");
  const again = byId("captcha-again");
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(captcha: Captcha): void {
    byId<HTMLInputElement>("captcha_id").value = captcha.id;
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
      byId("captcha-problem").textContent = texts.captcha_failed;
    }
  }

  async function change(): Promise<void> {
    input.value = "";
    byId("captcha-problem").textContent = "";
    await renew();
    say(texts.captcha_new);
  }

  again.hidden = false;
  again.addEventListener("click", () => void change());
  picture.addEventListener("click", () => void change().then(() => input.focus()));
  return { show, renew };
}
