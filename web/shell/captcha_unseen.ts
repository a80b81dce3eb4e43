// The two ways of a captcha that need no eyes: hear digits, or let the browser do a moment's work and type nothing. A
// chunk of its own with its own words, loaded by who asks for one of them (captcha_ways.ts).
// No worker: WebCrypto derives on the browser's threads, and the policy allows no script addresses (Trusted Types).
import { solve, type Challenge, type Derive } from "../core/altcha.ts";
import { request, type Captcha } from "../core/api.ts";
import { fetchSend } from "./fetch_send.ts";

const words = {
  zh: {
    listen: "听验证码（6 个数字）",
    again: "再听一遍",
    sound: "语音验证码，普通话读出的 6 个数字",
    sound_failed: "语音没有播放出来。请点“换一张”再听，或点“不输入验证码”。",
    busy: "正在进行安全检查，请稍候……",
    done: "安全检查已通过，不用输入验证码。",
    failed: "安全检查没有完成。请再点一次“不输入验证码”，或使用图片、语音验证码。",
  },
  en: {
    listen: "Listen (6 digits, in Mandarin)",
    again: "Listen again",
    sound: "Spoken captcha: 6 digits in Mandarin",
    sound_failed: "The sound did not play. Get a new picture and listen again, or choose “Type nothing”.",
    busy: "Checking that this is safe, one moment …",
    done: "The safety check has passed: nothing to type.",
    failed: "The safety check did not finish. Choose “Type nothing” again, or use the picture or the sound.",
  },
};

const quietMs = 1000; // most checks are over before anything needs to be said
const patienceMs = 60_000;

export interface CaptchaUnseen {
  show(captcha: Captcha): void;
  play(): void;
  start(): void;
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

export function captchaUnseen(listen: HTMLElement, audio: HTMLAudioElement, status: HTMLElement): CaptchaUnseen {
  const t = document.documentElement.lang === "en" ? words.en : words.zh;
  let captcha: Captcha | undefined;
  let working: Promise<string | null> | undefined;
  let turn = 0;
  audio.setAttribute("aria-label", t.sound);

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

  function start(): void {
    if (!captcha) return;
    status.textContent = "";
    working = check(captcha.id, ++turn);
  }

  return {
    show(fresh) {
      captcha = fresh;
      audio.pause();
      audio.removeAttribute("src");
      listen.textContent = t.listen;
      // Who types nothing goes on typing nothing.
      if (working) start();
    },
    play() {
      if (!captcha?.audio) return;
      if (audio.getAttribute("src") !== captcha.audio) audio.src = captcha.audio;
      audio.hidden = false;
      audio.currentTime = 0;
      listen.textContent = t.again;
      audio.play().catch(() => (status.textContent = t.sound_failed));
    },
    start,
    work: () => working,
  };
}
