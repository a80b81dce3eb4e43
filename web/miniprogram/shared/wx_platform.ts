// The phone's core in WeChat: randomness, requests and storage of wx, nothing of a browser.
import type { Answer, Call } from "../../core/api.ts";
import type { Biometric, Platform } from "../../core/platform.ts";

const usualTimeoutMs = 20_000;

// Refused rather than weakened: a WeChat older than 2.15.0 has no randomness that keys could be made of.
function random(octets: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (typeof wx.getRandomValues !== "function") {
      reject(new Error("this WeChat has no wx.getRandomValues"));
      return;
    }
    wx.getRandomValues({
      length: octets,
      success: ({ randomValues }) => {
        const made = new Uint8Array(randomValues);
        if (made.length === octets) resolve(made);
        else reject(new Error("wx.getRandomValues gave another length"));
      },
      fail: reject,
    });
  });
}

// A bearer token and never a cookie; the answer stays text until here, so that a proxy's own page is no JSON.
function sendTo(origin: string, language: string): (call: Call) => Promise<Answer> {
  return (call) =>
    new Promise((resolve, reject) => {
      const header: Record<string, string> = { Accept: "application/json", "Accept-Language": language };
      if (call.body !== undefined) header["Content-Type"] = "application/json; charset=utf-8";
      if (call.token !== undefined) header["Authorization"] = `Bearer ${call.token}`;
      wx.request<string>({
        url: origin + call.path,
        method: call.method,
        header,
        ...(call.body !== undefined && { data: JSON.stringify(call.body) }),
        dataType: "text",
        responseType: "text",
        timeout: call.timeout_ms ?? usualTimeoutMs,
        success: ({ statusCode, data }) => resolve({ status: statusCode, body: parse(data) }),
        fail: ({ errMsg }) => reject(new Error(errMsg)),
      });
    });
}

function parse(text: unknown): unknown {
  if (typeof text !== "string" || text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// wx gives "" for what was never kept.
const store: Platform["store"] = {
  get(name) {
    try {
      const kept: unknown = wx.getStorageSync(name);
      return typeof kept === "string" && kept !== "" ? kept : null;
    } catch {
      return null;
    }
  },
  set: (name, value) => wx.setStorageSync(name, value),
  remove(name) {
    try {
      wx.removeStorageSync(name);
    } catch {
      // nothing was kept there
    }
  },
};

export function wxPlatform(origin: string, language: string, biometric: Biometric): Platform {
  return { random, send: sendTo(origin, language), store, biometric };
}
