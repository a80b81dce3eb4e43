// The fingerprint (or face) that this phone's own hardware checks, over the certificate's challenge. What it signs is
// verified by the server with WeChat; here only "there is none" and "not passed" matter.
import type { Biometric, BiometricProof } from "../../core/platform.ts";

// `none`: this phone has no such hardware, or nothing enrolled: the proofing way is next (90001 and its neighbours).
// `refused`: the person stopped it, or the finger was not known.
export class BiometricFailed extends Error {
  override name = "BiometricFailed";
  readonly why: "none" | "refused";
  constructor(why: "none" | "refused") {
    super(`no biometric proof: ${why}`);
    this.why = why;
  }
}

type Mode = "fingerPrint" | "facial";

// 90002 not allowed, 90008 cancelled, 90009 not recognised, 90010 too often: the person's own. The others (90001 no such
// hardware, 90003 not this way, 90007 broken, 90011 nothing enrolled) mean that this phone cannot.
const persons: readonly number[] = [90002, 90008, 90009, 90010];

function supported(): Promise<Mode[]> {
  return new Promise((resolve) => {
    if (typeof wx.checkIsSupportSoterAuthentication !== "function") {
      resolve([]);
      return;
    }
    wx.checkIsSupportSoterAuthentication({
      success: ({ supportMode }) => resolve(supportMode.filter((mode): mode is Mode => mode === "fingerPrint" || mode === "facial")),
      fail: () => resolve([]),
    });
  });
}

function enrolled(mode: Mode): Promise<boolean> {
  return new Promise((resolve) => {
    wx.checkIsSoterEnrolledInDevice({
      checkAuthMode: mode,
      success: ({ isEnrolled }) => resolve(isEnrolled),
      fail: () => resolve(false),
    });
  });
}

// A code that the server changes for this person's openid at WeChat; without it no signature can be checked.
function loginCode(): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.login({ success: ({ code }) => resolve(code), fail: () => reject(new BiometricFailed("none")) });
  });
}

async function usable(): Promise<Mode[]> {
  const modes = await supported();
  const there = await Promise.all(modes.map(enrolled));
  return modes.filter((_, i) => there[i]);
}

// The finger first, as the manual has it; the phone's own face check where there is no finger.
async function prove(challenge: string, words: string): Promise<BiometricProof> {
  const [mode] = (await usable()).sort((one) => (one === "fingerPrint" ? -1 : 1));
  if (mode === undefined) throw new BiometricFailed("none");
  const signed = await new Promise<WechatMiniprogram.StartSoterAuthenticationSuccessCallbackResult>((resolve, reject) => {
    wx.startSoterAuthentication({
      requestAuthModes: [mode],
      challenge,
      authContent: words,
      success: resolve,
      fail: (error) => reject(new BiometricFailed(persons.includes((error as { errCode?: number }).errCode ?? 0) ? "refused" : "none")),
    });
  });
  // The server's words for them are those of WeChat's verify_signature.
  return { kind: "soter", json_string: signed.resultJSON, json_signature: signed.resultJSONSignature, login_code: await loginCode() };
}

// `words`: what WeChat shows while it waits for the finger.
export function soter(words: string): Biometric {
  return { kind: "soter", available: async () => (await usable()).length > 0, prove: (challenge) => prove(challenge, words) };
}
