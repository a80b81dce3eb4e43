import assert from "node:assert/strict";
import { test } from "node:test";
import { codeIn, tidyPhone } from "../core/phone_number.ts";
import { mayHaveMissedShift, newPasswordTyping, passwordTyping, toHalfWidth, type TypingFault } from "../core/typing.ts";

const passwords: [what: string, typed: string, fault: TypingFault | null][] = [
  ["plain letters, digits and signs are fine", "Demo#2026lin", null],
  ["an old password with other signs is nobody's fault", "a-b_c.d", null],
  ["nothing yet", "", null],
  ["a full-width sign", "Demo！2026", { fault: "wide", found: "！", plain: "!" }],
  ["a full-width letter", "Ｄemo", { fault: "wide", found: "Ｄ", plain: "D" }],
  ["a full-width digit", "Demo#２", { fault: "wide", found: "２", plain: "2" }],
  ["the money sign of a Chinese keyboard", "Demo￥2026", { fault: "chinese", found: "￥" }],
  ["the ellipsis that Shift-6 gives", "Demo…2026", { fault: "chinese", found: "…" }],
  ["a Chinese full stop", "Demo。", { fault: "chinese", found: "。" }],
  ["Chinese quotes", "“Demo", { fault: "chinese", found: "“" }],
  ["a middle dot", "De·mo", { fault: "chinese", found: "·" }],
  ["a Chinese character", "Demo密", { fault: "han", found: "密" }],
  ["an emoji, whole", "Demo😀", { fault: "han", found: "😀" }],
  ["a space", "Demo 2026", { fault: "space" }],
  ["a wide space", "Demo\u30002026", { fault: "space" }],
  ["a character that nobody sees", "Demo\u200b2026", { fault: "invisible" }],
  ["the first one is named", "，！", { fault: "wide", found: "，", plain: "," }],
];
for (const [what, typed, fault] of passwords) {
  test(`typed password: ${what}`, () => assert.deepEqual(passwordTyping(typed), fault));
}

const fresh: [typed: string, fault: TypingFault | null][] = [
  ["Demo#2026lin", null],
  ["!@#$%^&*aA1", null],
  ["Demo-2026", { fault: "special", found: "-" }],
  ["Demo_2026", { fault: "special", found: "_" }],
  ["Demo?", { fault: "special", found: "?" }],
  ["Demo？", { fault: "wide", found: "？", plain: "?" }],
];
for (const [typed, fault] of fresh) {
  test(`new password: ${typed}`, () => assert.deepEqual(newPasswordTyping(typed), fault));
}

for (const [typed, missed] of [["Demo32026lin", true], ["Demo#2026lin", false], ["Demolin", false], ["", false]] as const) {
  test(`Shift may have been missed: ${typed || "nothing typed"}: ${missed}`, () => assert.equal(mayHaveMissedShift(typed), missed));
}

const phones: [what: string, typed: string, tidy: string][] = [
  ["as it is", "13900000001", "13900000001"],
  ["with spaces", "139 0000 0001", "13900000001"],
  ["with dashes", "139-0000-0001", "13900000001"],
  ["with a typographer's dash", "139\u20130000\u20130001", "13900000001"],
  ["full-width", "１３９００００００００１", "139000000001"],
  ["+86", "+8613900000001", "13900000001"],
  ["+86 and spaces", "+86 139 0000 0001", "13900000001"],
  ["full-width +86", "＋８６13900000001", "13900000001"],
  ["0086", "008613900000001", "13900000001"],
  ["86", "8613900000001", "13900000001"],
  ["in brackets", "(+86)13900000001", "13900000001"],
  ["pasted with a direction mark", "\u202a13900000001\u202c", "13900000001"],
  ["too short after 86 stays as typed", "861390000000", "861390000000"],
  ["letters are not touched", "1390000000a", "1390000000a"],
];
for (const [what, typed, tidy] of phones) test(`typed phone: ${what}`, () => assert.equal(tidyPhone(typed), tidy));

const codes: [what: string, pasted: string, code: string][] = [
  ["the code", "123456", "123456"],
  ["with spaces", " 123 456 ", "123456"],
  ["full-width", "１２３４５６", "123456"],
  ["a whole text", "【辅具平台】验证码 123456，5 分钟内有效。", "123456"],
  ["a text that ends with the bound code", "验证码654321\n@login.example #654321", "654321"],
  ["a phone number is no code", "13900000001", ""],
  ["five digits", "12345", ""],
  ["words", "验证码", ""],
];
for (const [what, pasted, code] of codes) test(`code in ${what}`, () => assert.equal(codeIn(pasted), code));

test("half-width is the same text where nothing was wide", () => {
  assert.equal(toHalfWidth("aZ09!~ 密码"), "aZ09!~ 密码");
  assert.equal(toHalfWidth("ａＺ０９！～\u3000"), "aZ09!~ ");
});
