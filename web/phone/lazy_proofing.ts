// The pages of raising the level, loaded when the first of them is needed, in the language of the page.
import { el } from "../shell/dom.ts";
import type { App, DrawView, Shown } from "./app.ts";
import { button } from "./form.ts";

let loaded: DrawView | null = null;

export function lazyProofingView(app: App): Shown {
  if (loaded) return loaded(app);
  const { title, loading, again } = app.texts.home;
  const place = el("div", {}, el("p", {}, loading));
  let gone = false;

  async function load(): Promise<void> {
    try {
      const english = document.documentElement.lang === "en";
      const { view } = english ? await import("./proofing_en.ts") : await import("./proofing_zh.ts");
      loaded = view;
      if (!gone) app.show();
    } catch {
      if (gone) return;
      place.replaceChildren(el("p", { class: "banner warn" }, app.texts.network), button(again, "full", () => void load()));
      app.say(app.texts.network);
    }
  }
  void load();
  return { title, body: [place], leave: () => void (gone = true) };
}
