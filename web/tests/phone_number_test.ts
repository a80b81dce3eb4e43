import assert from "node:assert/strict";
import { test } from "node:test";
import { codeIn, isPhone, maskedPhone, tidyPhone } from "../core/phone_number.ts";

const typed: [what: string, typed: string, tidy: string][] = [
  ["as it is", "13900000001", "13900000001"],
  ["full-width digits", "１３９０００００００１", "13900000001"],
  ["spaces and dashes", " 139-0000 0001\u3000", "13900000001"],
  ["with the country in front", "+86 139 0000 0001", "13900000001"],
  ["with a full-width plus", "＋8613900000001", "13900000001"],
  ["with 0086", "0086-13900000001", "13900000001"],
  ["with 86 alone", "8613900000001", "13900000001"],
  ["86 of a number that is too short stays", "8613900000", "8613900000"],
  ["letters stay, so that they can be named", "1390000000O", "1390000000O"],
];
for (const [what, from, to] of typed) test(`typed phone: ${what}`, () => assert.equal(tidyPhone(from), to));

const phones: [number: string, is: boolean][] = [
  ["13900000001", true],
  ["19900000001", true],
  ["12900000001", false],
  ["1390000000", false],
  ["139000000011", false],
  ["1390000000O", false],
  ["", false],
];
for (const [number, is] of phones) test(`${number || "nothing"} is ${is ? "a" : "no"} phone`, () => assert.equal(isPhone(number), is));

test("a masked phone shows its ends", () => assert.equal(maskedPhone("13900000001"), "139****0001"));

const codes: [what: string, typed: string, code: string][] = [
  ["six digits", "048213", "048213"],
  ["full-width and spaced", " ０４８ ２１３ ", "048213"],
  ["a whole text message", "【北京残联】048213 是您登录的验证码，5分钟内有效。工作人员不会向您索取验证码。", "048213"],
  ["a message with a telephone number in front", "如有疑问请拨打4000511818。验证码：048213。", "048213"],
  ["a message without a code", "您用户等级不符合要求，如有疑问请拨打4000511818。", ""],
  ["five digits", "04821", ""],
  ["seven digits", "0482134", ""],
];
for (const [what, from, to] of codes) test(`code in ${what}`, () => assert.equal(codeIn(from), to));
