// The demo page: a computer and a phone side by side in two frames of our own origin, the people, the messages, the
// clock. It hands things from one frame to the other; everything else happens in the real pages.
import { request } from "../core/api.ts";
import type { DemoWish } from "../phone/demo_bridge.ts";
import { webPlatform } from "../phone/web_platform.ts";
import { startDisplay } from "../shell/display.ts";
import { byId, el, fill } from "../shell/dom.ts";
import { fetchSend } from "../shell/fetch_send.ts";
import { startOutbox } from "./outbox.ts";
import { drawPeople, type DemoPerson } from "./people.ts";
import type { DemoTexts } from "./texts.ts";

export function start(texts: DemoTexts): void {
  startDisplay();
  const pc = byId<HTMLIFrameElement>("pc");
  const phone = byId<HTMLIFrameElement>("phone");
  const say = (text: string): void => void (byId("live").textContent = text);
  const ask = (wish: DemoWish): void => phone.contentWindow?.postMessage(wish, location.origin);
  const outbox = startOutbox(texts, say, (code) => ask({ qrgate: "fill_sms", code }));

  function useOnPhone(person: DemoPerson): void {
    const { kind, identity_number, password } = person;
    ask({ qrgate: "fill_login", kind, identity_number, password });
    outbox.choose(person.phone);
    phone.scrollIntoView({ block: "nearest" });
    phone.focus();
    say(texts.filled);
  }

  async function load(): Promise<void> {
    const people = await request<DemoPerson[]>(fetchSend, { method: "GET", path: "/demo/people" });
    byId("people").replaceChildren(...drawPeople(texts, people, say, useOnPhone));
    outbox.offer([...new Set(people.map((person) => person.phone))]);
    const first = people[0];
    if (first) byId("fill-first").addEventListener("click", () => useOnPhone(first));
  }

  byId("hand-over").addEventListener("click", () => {
    const code = pc.contentDocument?.querySelector(".short-code")?.textContent ?? "";
    const problem = code === "" ? texts.no_code : "";
    byId("hand-over-problem").textContent = problem;
    say(problem || texts.handed_over);
    if (code === "") return;
    ask({ qrgate: "open_code", code });
    phone.scrollIntoView({ block: "nearest" });
    phone.focus();
  });
  byId("pc-again").addEventListener("click", () => (pc.src = pc.getAttribute("src") ?? ""));

  drawClock(texts, say);
  markSteps(texts);
  // The phone keeps its login and keys in our origin's storage: a change there moves the guide on.
  window.addEventListener("storage", () => markSteps(texts));
  load().catch(() => {
    byId("people").replaceChildren(el("li", { class: "problem" }, texts.failed));
    say(texts.failed);
  });
}

function markSteps(texts: DemoTexts): void {
  const kept = (name: string): boolean => !["null", "[]"].includes(webPlatform.store.get(name) ?? "null");
  const done = [kept("qrgate.login"), kept("qrgate.keys")];
  done.forEach((is, i) => {
    const heading = byId(`step-${i + 1}`).querySelector("h3");
    heading?.querySelector(".done")?.remove();
    if (is) heading?.append(el("span", { class: "done" }, ` ✓ ${texts.done}`));
  });
  const now = done.indexOf(false) + 1 || 3;
  for (const i of [1, 2, 3]) {
    if (i === now) byId(`step-${i}`).setAttribute("aria-current", "step");
    else byId(`step-${i}`).removeAttribute("aria-current");
  }
}

function drawClock(texts: DemoTexts, say: (text: string) => void): void {
  async function move(seconds: number): Promise<void> {
    let told = fill(texts.moved, { n: seconds });
    try {
      await request(fetchSend, { method: "POST", path: "/demo/clock", body: { advance_s: seconds } });
    } catch {
      told = texts.failed;
    }
    byId("clock-told").textContent = told;
    say(told);
  }
  for (const [seconds, label] of texts.steps_s) {
    const button = el("button", { type: "button", class: "button" }, label);
    button.addEventListener("click", () => void move(seconds));
    byId("clock").append(button);
  }
}
