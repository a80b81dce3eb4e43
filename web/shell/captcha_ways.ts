// Beside the drawn characters: see them twice as large, hear digits instead, or let the browser do a moment's work and
// type nothing. One chunk of its own with its own words, loaded after the page; without it the picture still works.
// No worker: WebCrypto derives on the browser's threads, and the policy allows no script addresses (Trusted Types).
import { solve, type Challenge, type Derive } from "../core/altcha.ts";
import { request, type Captcha } from "../core/api.ts";
import { el } from "./dom.ts";
import { fetchSend } from "./fetch_send.ts";

const words = {
  zh: {
    large: "放大图片",
    listen: "听验证码（6 个数字）",
    again: "再听一遍",
    sound: "语音验证码，普通话读出的 6 个数字",
    sound_failed: "语音没有播放出来。请点“换一张”再听，或点“不输入验证码”。",
    skip: "不输入验证码",
    busy: "正在进行安全检查，请稍候……",
    done: "安全检查已通过，不用输入验证码。",
    failed: "安全检查没有完成。请再点一次“不输入验证码”，或使用图片、语音验证码。",
  },
  en: {
    large: "Larger picture",
    listen: "Listen (6 digits, in Mandarin)",
    again: "Listen again",
    sound: "Spoken captcha: 6 digits in Mandarin",
    sound_failed: "The sound did not play. Get a new picture and listen again, or choose “Type nothing”.",
    skip: "Type nothing",
    busy: "Checking that this is safe, one moment …",
    done: "The safety check has passed: nothing to type.",
    failed: "The safety check did not finish. Choose “Type nothing” again, or use the picture or the sound.",
  },
};

const quietMs = 1000; // most checks are over before anything needs to be said
const patienceMs = 60_000;

export interface CaptchaWays {
  root: HTMLElement;
  show(captcha: Captcha): void;
  // The answer of who types nothing: base64, or null where it could not be had. Undefined: they type.
  work(): Promise<string | null> | undefined;
}

const derive: Derive = async (password, salt, cost, octets) => {
  const key = await crypto.subtle.importKey("raw", password as BufferSource, "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt: salt as BufferSource, iterations: cost },
    key,
    octets * 8,
  );
  return new Uint8Array(bits);
};

function button(text: string, press: () => void): HTMLButtonElement {
  const made = el("button", { type: "button", class: "button" }, text);
  made.addEventListener("click", press);
  return made;
}

// `picture` is what grows; it may be empty yet.
export function captchaWays(picture: HTMLElement): CaptchaWays {
  const t = document.documentElement.lang === "en" ? words.en : words.zh;
  const status = el("p", { class: "hint captcha-status", role: "status" });
  const audio = el("audio", { controls: "", preload: "none", "aria-label": t.sound });
  let captcha: Captcha | undefined;
  let working: Promise<string | null> | undefined;
  let turn = 0;

  const grow = button(t.large, () => {
    const large = picture.classList.toggle("large");
    grow.setAttribute("aria-pressed", String(large));
  });
  grow.setAttribute("aria-pressed", "false");

  const listen = button(t.listen, () => {
    if (!captcha?.audio) return;
    if (audio.getAttribute("src") !== captcha.audio) audio.src = captcha.audio;
    audio.hidden = false;
    audio.currentTime = 0;
    listen.textContent = t.again;
    audio.play().catch(() => (status.textContent = t.sound_failed));
  });
  audio.hidden = true;

  const skip = button(t.skip, () => void start());

  async function check(id: string, mine: number): Promise<string | null> {
    const bell = setTimeout(() => mine === turn && (status.textContent = t.busy), quietMs);
    const end = Date.now() + patienceMs;
    try {
      const challenge = await request<Challenge>(fetchSend, { method: "GET", path: `/api/v1/captcha/${id}/pow` });
      const solved = await solve(challenge, derive, () => mine === turn && Date.now() < end);
      if (mine !== turn) return null;
      status.textContent = solved ? t.done : t.failed;
      return solved && btoa(JSON.stringify(solved));
    } catch {
      if (mine === turn) status.textContent = t.failed;
      return null;
    } finally {
      clearTimeout(bell);
    }
  }

  function start(): Promise<string | null> | undefined {
    if (!captcha) return undefined;
    status.textContent = "";
    working = check(captcha.id, ++turn);
    return working;
  }

  skip.hidden = !globalThis.crypto?.subtle; // a page over plain HTTP has none
  listen.hidden = true;
  const root = el("div", { class: "captcha-ways" }, el("div", { class: "row" }, grow, listen, skip), audio, status);
  return {
    root,
    show(fresh) {
      captcha = fresh;
      audio.pause();
      audio.removeAttribute("src");
      listen.hidden = fresh.audio === undefined;
      listen.textContent = t.listen;
      // Who types nothing goes on typing nothing.
      if (working) void start();
    },
    work: () => working,
  };
}
