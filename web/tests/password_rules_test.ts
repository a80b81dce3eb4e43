// The ticks beside a new password agree with the server: both sides read the same cases.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isName, tidyDigits } from "../core/applicant.ts";
import { isPhone, tidyPhone } from "../core/phone_number.ts";
import { foreignCharacters, isPolicy, rulesOf, unmetRules, type Policy } from "../core/password_rules.ts";

interface Case {
  policy: Policy;
  password: string;
  number?: string;
  phone?: string;
  good: boolean;
}
const cases = JSON.parse(readFileSync(join(import.meta.dirname, "../../tests/protocol/password_cases.json"), "utf8")) as Case[];

for (const { policy, password, number = "", phone = "", good } of cases) {
  test(`${policy}: “${password}” is ${good ? "good" : "refused"}`, () => {
    const unmet = unmetRules(policy, password, { number, phone });

    assert.equal(unmet.length === 0, good, unmet.join(", "));
  });
}

test("each rule is ticked by itself", () => {
  const own = { number: "110101199003070118", phone: "13900000011" };
  const unmet = (password: string): string[] => unmetRules("manual", password, own);

  assert.deepEqual(unmet("abc"), ["length", "digit", "special"]);
  assert.deepEqual(unmet("abc12345"), ["special"]);
  assert.deepEqual(unmet("abc12345！"), ["special", "allowed"]);
  assert.deepEqual(unmet("abc!19900307"), ["own"]);
  assert.deepEqual(unmet("a".repeat(250) + "!234567"), ["length"]);
  assert.deepEqual(unmetRules("djcp", "kqpzwvu7", own), ["classes"]);
});

test("characters that are not allowed are named, each once", () => {
  assert.deepEqual(foreignCharacters("a-b-c。1 ！"), ["-", "。", " ", "！"]);
});

test("a policy is known by its name only", () => {
  assert.ok(isPolicy("manual") && isPolicy("nist") && isPolicy("djcp"));
  assert.ok(!isPolicy("toString") && !isPolicy(undefined) && !isPolicy("none"));
  assert.ok(rulesOf("manual").length > rulesOf("nist").length);
});

test("phones, codes and names as people type them", () => {
  assert.equal(tidyPhone(" +86 139-0000-0011"), "13900000011");
  assert.equal(tidyPhone("１３９００００００１１"), "13900000011");
  assert.equal(tidyDigits(" １２３ 456"), "123456");
  assert.ok(isPhone("13900000011") && !isPhone("12900000011") && !isPhone("1390000001"));
  assert.ok(isName("personal", "王五") && isName("personal", "买买提·吐尔逊") && isName("corporate", "北京演示辅具有限公司"));
  assert.ok(!isName("personal", "王") && !isName("personal", "王\u200b五") && !isName("personal", "12 34") && !isName("personal", "王".repeat(31)));
});
