// The captcha of the phone's login: picture, spoken digits where there are any, another one on demand and in time.
import { request, type Captcha, type CaptchaAnswer } from "../core/api.ts";
import { captchaWays } from "../shell/captcha_ways.ts";
import { el } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import type { App } from "./app.ts";
import { button, field, type Field } from "./form.ts";

export interface CaptchaField extends Field {
  // null: nothing typed, and the browser was not asked to do it instead.
  answer: () => Promise<CaptchaAnswer | null>;
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
  const frame = el("span", {}, picture);
  const tools = el("div", { class: "row" }, frame, button(t.captcha_again, "", () => void another()));
  picture.hidden = true;
  const ways = captchaWays(frame);
  made.root.append(tools, ways.root);
  let shown: Captcha | undefined;

  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(captcha: Captcha): void {
    made.input.value = "";
    picture.src = captcha.image;
    picture.hidden = false;
    shown = captcha;
    ways.show(captcha);
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
    const { answer } = await request<{ answer: string }>(fetchSend, { method: "GET", path: `/demo/captcha/${shown?.id ?? ""}` });
    made.input.value = answer;
  }

  if (app.demo) {
    const told = (error: unknown) => void (made.problem.textContent = app.words(error));
    tools.append(button(t.captcha_fill, "demo", () => void fillIn().catch(told)));
  }
  async function answer(): Promise<CaptchaAnswer | null> {
    const typed = made.input.value.trim();
    if (typed !== "") return { captcha_id: shown?.id ?? "", captcha: typed };
    const altcha = await ways.work();
    return altcha ? { altcha } : null;
  }

  return { ...made, answer, renew, stop: () => clearTimeout(timer) };
}
