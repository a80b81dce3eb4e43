// The messages sent to one phone, asked for every two seconds while the page is visible, newest first.
import { request } from "../core/api.ts";
import { byId, el } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import { copyButton } from "./people.ts";
import type { DemoTexts } from "./texts.ts";

interface Message {
  to: string;
  text: string;
  at: string;
}

export interface Outbox {
  offer(phones: string[]): void;
  choose(phone: string): void;
}

const everyMs = 2000;

export function startOutbox(texts: DemoTexts, say: (text: string) => void, put: (code: string) => void): Outbox {
  const choice = byId<HTMLSelectElement>("outbox-phone");
  let drawn = "";

  function draw(messages: Message[]): void {
    const now = JSON.stringify(messages);
    if (now === drawn) return;
    const news = drawn !== "" && messages.length > 0;
    drawn = now;
    byId("outbox-none").hidden = messages.length > 0;
    byId("outbox").replaceChildren(...messages.map(drawMessage));
    if (news) say(`${texts.new_message}：${messages[0]?.text ?? ""}`);
  }

  function drawMessage({ text, at }: Message): HTMLElement {
    const time = new Date(at).toLocaleTimeString(document.documentElement.lang);
    const item = el("li", {}, el("p", {}, el("time", { datetime: at }, time), " ", text));
    const code = /(?:^|[^0-9])([0-9]{6})(?![0-9])/.exec(text)?.[1];
    if (code === undefined) return item;
    const fillIn = el("button", { type: "button", class: "button" }, texts.fill_sms);
    fillIn.addEventListener("click", () => put(code));
    item.append(el("div", { class: "row" }, fillIn, copyButton(texts, code, code, say)));
    return item;
  }

  async function look(): Promise<void> {
    if (document.hidden || choice.value === "") return;
    const phone = choice.value;
    const messages = await request<Message[]>(fetchSend, { method: "GET", path: `/demo/sms?phone=${encodeURIComponent(phone)}` });
    if (phone === choice.value) draw(messages);
  }

  function change(): void {
    drawn = "";
    void look().catch(() => undefined);
  }

  choice.addEventListener("change", change);
  setInterval(() => void look().catch(() => undefined), everyMs);
  return {
    offer: (phones) => {
      choice.replaceChildren(...phones.map((phone) => el("option", { value: phone }, phone)));
      change();
    },
    choose: (phone) => {
      choice.value = phone;
      change();
    },
  };
}
