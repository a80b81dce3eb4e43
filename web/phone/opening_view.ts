// Between a code that was read and what it asks for.
import { ApiError } from "../core/api.ts";
import { openTicket } from "../core/open_ticket.ts";
import type { App, Shown } from "./app.ts";
import { el } from "../shell/dom.ts";

export function openingView(app: App): Shown {
  let gone = false;
  void open(app, () => gone);
  return {
    title: app.texts.opening.title,
    body: [el("p", {}, app.texts.opening.text)],
    leave: () => void (gone = true),
  };
}

async function open(app: App, gone: () => boolean): Promise<void> {
  const { wanted } = app.flow;
  if (!wanted) return;
  try {
    const opened = await openTicket(app.phone, wanted, location.origin);
    if (gone()) return;
    if (opened === "certificate_needed") app.send({ type: opened, notice: { tone: "info", text: app.texts.need_certificate } });
    else app.send({ type: "scanned", ...opened });
  } catch (error) {
    if (gone() || app.lost(error)) return;
    const home = error instanceof ApiError && /^(level_too_low|certificate_)/.test(error.code);
    app.send({ type: "scan_refused", to: home ? "home" : "scan", notice: { tone: "problem", text: app.words(error) } });
  }
}
