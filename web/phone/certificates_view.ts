// 证书管理: the certificates of the person, 证书下载 where this phone has none, 扫码登录PC端 where it has; look at one,
// renew one whose end is near, delete one.
import type { Certificate, CertificateDetails, Me } from "../core/phone_api.ts";
import { el, fill } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import { button } from "./form.ts";
import { usableKey } from "./keys.ts";
import { finishTakingBackIfAny } from "./unfinished.ts";

export function certificatesView(app: App): Shown {
  const place = el("div", {}, el("p", {}, app.texts.home.loading));
  let gone = false;

  async function load(): Promise<void> {
    try {
      await finishTakingBackIfAny(app);
      const me = await app.phone.api.me();
      if (!gone) place.replaceChildren(...draw(app, me));
    } catch (error) {
      if (gone || app.lost(error)) return;
      place.replaceChildren(el("p", { class: "banner warn" }, app.words(error)), button(app.texts.home.again, "full", () => void load()));
      app.say(app.words(error));
    }
  }

  void load();
  const back = button(app.texts.certificate.back, "full", () => app.send({ type: "go", to: "home" }));
  return { title: app.texts.home.certificates, body: [place, el("p", { class: "end" }, back)], leave: () => void (gone = true) };
}

function draw(app: App, me: Me): Node[] {
  const { home, certificates } = app.texts;
  const shown = me.certificates.filter((certificate) => certificate.state !== "revoked");
  const download = button(home.download, "full primary", () => app.send({ type: "go", to: "certificate" }));
  const scan = button(certificates.scan, "full primary", () => app.send({ type: "go", to: "scan" }));
  const first = usableKey(app, me) ? [el("p", {}, scan)] : [el("p", {}, home.download_why), el("p", {}, download)];
  const list = el("ul", { class: "certificates" }, ...shown.map((one) => drawCertificate(app, me, one)));
  return [...first, el("h2", {}, certificates.mine), shown.length === 0 ? el("p", {}, home.none) : list];
}

function drawCertificate(app: App, me: Me, one: Certificate): HTMLElement {
  const { home, certificates } = app.texts;
  const here = app.phone.store.keys(me.person.id).some((key) => key.serial === one.serial);
  const over = one.state === "active" && one.usable === false;
  const lines = [`${here ? home.here : home.elsewhere} · ${over ? certificates.over : home.states[one.state ?? "active"]}`];
  if (one.not_after) lines.push(fill(home.until, { date: one.not_after.slice(0, 10) }));
  const item = el("li", {}, el("p", {}, lines.join(" · ")), el("p", { class: "hint serial" }, one.serial));
  if (one.state === "disabled") item.append(el("p", { class: "problem" }, home.disabled));
  if (one.renewable && here) {
    const renew = button(certificates.renew, "full", () => app.send({ type: "go", to: "certificate", renews: one.serial }));
    item.append(el("p", {}, certificates.renew_why), el("p", {}, named(renew, one)));
  }
  item.append(...viewing(app, one), ...removing(app, one));
  return item;
}

// A button in a list says to which line it belongs.
function named(made: HTMLButtonElement, { serial }: Certificate): HTMLButtonElement {
  made.setAttribute("aria-label", `${made.textContent} ${serial.slice(-6)}`);
  return made;
}

function viewing(app: App, one: Certificate): Node[] {
  const t = app.texts.certificates;
  const place = el("div", { id: `details-${one.serial}` });
  const look = named(button(t.view, "", () => void show()), one);
  look.setAttribute("aria-expanded", "false");
  look.setAttribute("aria-controls", place.id);

  async function show(): Promise<void> {
    const open = look.getAttribute("aria-expanded") === "true";
    look.setAttribute("aria-expanded", String(!open));
    if (open) {
      place.replaceChildren();
      return;
    }
    try {
      place.replaceChildren(drawDetails(app, await app.phone.api.certificate(one.serial)));
    } catch (error) {
      if (app.lost(error)) return;
      place.replaceChildren(el("p", { class: "problem" }, app.words(error)));
      app.say(app.words(error));
    }
  }
  return [el("p", {}, look), place];
}

function drawDetails(app: App, one: CertificateDetails): HTMLElement {
  const { rows, algorithms } = app.texts.certificates;
  const facts: [string, string][] = [
    [rows.serial, one.serial],
    [rows.subject, one.subject],
    [rows.issuer, one.issuer],
    [rows.algorithm, algorithms[one.algorithm] ?? one.algorithm],
    [rows.issued, one.issued_at.slice(0, 10)],
    [rows.until, (one.not_after ?? "").slice(0, 10)],
    [rows.fingerprint, one.fingerprint.replace(/(.{4})(?=.)/g, "$1 ")],
  ];
  return el("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function removing(app: App, one: Certificate): Node[] {
  const t = app.texts.home;
  const remove = named(button(t.remove, "danger", ask), one);
  const sure = el("div", { hidden: "" });

  function ask(): void {
    const no = button(t.remove_no, "full", () => {
      sure.hidden = true;
      remove.hidden = false;
      remove.focus();
    });
    const yes = button(t.remove_yes, "full danger", () => void revoke());
    sure.replaceChildren(el("p", {}, t.remove_sure), el("div", { class: "pair" }, no, yes));
    sure.hidden = false;
    remove.hidden = true;
    no.focus();
    app.say(t.remove_sure);
  }

  async function revoke(): Promise<void> {
    try {
      await app.phone.api.revoke(one.serial);
      app.phone.store.removeKey(one.serial);
      app.send({ type: "go", to: "certificates", notice: { tone: "info", text: t.removed } });
    } catch (error) {
      if (!app.lost(error)) app.send({ type: "go", to: "certificates", notice: { tone: "problem", text: app.words(error) } });
    }
  }
  return [remove, sure];
}
