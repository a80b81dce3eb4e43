// The captcha of the phone's login: picture, spoken digits where there are any, another one on demand and in time.
import { request, type Captcha } from "../core/api.ts";
import { el } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import type { App } from "./app.ts";
import { button, field, type Field } from "./form.ts";

export interface CaptchaField extends Field {
  id: () => string;
  renew: (ready?: Captcha) => void;
  stop: () => void;
}

export function captchaField(app: App): CaptchaField {
  const t = app.texts.login;
  const made = field({
    id: "captcha",
    label: t.captcha,
    hint: t.captcha_hint,
    attributes: { autocomplete: "off", autocapitalize: "characters", spellcheck: "false" },
  });
  const picture = el("img", { class: "captcha", alt: t.captcha_alt, width: "160", height: "60" });
  const listen = el("audio", { controls: "", preload: "none", "aria-label": t.captcha_listen });
  const tools = el("div", { class: "row" }, picture, button(t.captcha_again, "", () => void another()));
  picture.hidden = true;
  listen.hidden = true;
  made.root.append(tools, listen);

  let id = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(captcha: Captcha): void {
    id = captcha.id;
    made.input.value = "";
    picture.src = captcha.image;
    picture.hidden = false;
    listen.hidden = captcha.audio === undefined;
    if (captcha.audio !== undefined) listen.src = captcha.audio;
    clearTimeout(timer);
    timer = setTimeout(() => renew(), Math.max(captcha.expires_in - 10, 10) * 1000);
  }

  async function load(): Promise<void> {
    try {
      show(await app.phone.api.captcha(await app.phone.store.device()));
    } catch (error) {
      made.problem.textContent = app.words(error);
      app.say(app.words(error));
    }
  }

  function renew(ready?: Captcha): void {
    if (ready) show(ready);
    else void load();
  }

  async function another(): Promise<void> {
    made.problem.textContent = "";
    await load();
    if (made.problem.textContent === "") app.say(t.captcha_new);
  }

  async function fillIn(): Promise<void> {
    const { answer } = await request<{ answer: string }>(fetchSend, { method: "GET", path: `/demo/captcha/${id}` });
    made.input.value = answer;
  }

  if (app.demo) {
    const told = (error: unknown) => void (made.problem.textContent = app.words(error));
    tools.append(button(t.captcha_fill, "demo", () => void fillIn().catch(told)));
  }
  return { ...made, id: () => id, renew, stop: () => clearTimeout(timer) };
}
