// 扫码登录: the camera, or the 8 characters typed. Only a living camera is read, never a stored picture: a picture
// of a code that somebody sent is the usual trap.
import { readQrContent, readShortCode } from "../core/login_code.ts";
import { el } from "../shell/dom.ts";
import type { App, Shown } from "./app.ts";
import type { Camera } from "./camera.ts";
import { button, field, Form } from "./form.ts";

export function scanView(app: App): Shown {
  const t = app.texts.scan;
  const typed = field({
    id: "short_code",
    label: t.typed,
    hint: t.typed_hint,
    attributes: { autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "20" },
  });
  typed.input.classList.add("digits");
  const submit = el("button", { type: "submit", class: "button primary full" }, t.submit);
  const form = new Form(app.texts.problem_title, [typed], submit, async () => {
    const code = readShortCode(typed.input.value);
    if (form.show(code === null ? [{ field: typed, text: t.typed_bad }] : []) || code === null) return;
    app.send({ type: "code_read", wanted: { code, typed: true } });
  });
  form.root.append(typed.root, submit);

  const camera = cameraPlace(app);
  const back = button(app.texts.scan.back, "full", () => app.send({ type: "go", to: "home" }));
  return {
    title: t.title,
    body: [el("p", {}, t.lead), el("h2", {}, t.camera), camera.root, form.root, el("p", { class: "end" }, back)],
    leave: camera.stop,
  };
}

function cameraPlace(app: App): { root: HTMLElement; stop: () => void } {
  const t = app.texts.scan;
  const video = el("video", { class: "camera", playsinline: "", muted: "", "aria-label": t.camera_on });
  const told = el("p", { class: "problem" });
  const toggle = button(t.camera_button, "full", () => void (camera ? stop() : start()));
  const root = el("div", { class: "field" }, video, toggle, told);
  video.hidden = true;
  let camera: Camera | null = null;
  let gone = false;

  function stop(): void {
    camera?.stop();
    camera = null;
    video.hidden = true;
    toggle.textContent = t.camera_button;
  }

  function read(content: string): void {
    const scanned = readQrContent(content, location.origin);
    if (scanned.kind === "token") {
      app.send({ type: "code_read", wanted: { code: scanned.token, typed: false } });
      return;
    }
    const text = scanned.kind === "foreign" ? t.foreign : t.unreadable;
    if (told.textContent === text) return;
    told.textContent = text;
    app.say(text);
  }

  async function start(): Promise<void> {
    told.textContent = "";
    try {
      const { openCamera } = await import("./camera.ts");
      video.hidden = false;
      const opened = await openCamera(video, read);
      if (gone) return opened.stop();
      camera = opened;
      toggle.textContent = t.camera_stop;
      app.say(t.camera_on);
    } catch {
      stop();
      told.textContent = t.camera_none;
      app.say(t.camera_none);
    }
  }

  return {
    root,
    stop: () => {
      gone = true;
      stop();
    },
  };
}
