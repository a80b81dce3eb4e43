// What the mini-program says: the H5 phone's words where it says the same, its own where WeChat does things differently.
import type { MiniTexts } from "./text_types.ts";
import { en } from "./texts_en.ts";
import { zh } from "./texts_zh.ts";

export function miniTexts(wechat_language: string): MiniTexts {
  return wechat_language.startsWith("en") ? en : zh;
}
