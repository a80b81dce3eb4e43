import assert from "node:assert/strict";
import { test } from "node:test";
import { checkNumber, tidyNumber, type Kind, type NumberFault } from "../core/identity.ts";

const typed: [what: string, typed: string, tidy: string][] = [
  ["full-width digits become half-width", "１１０１０１１９０００１０１００１４", "110101190001010014"],
  ["a small x becomes a large one", "11010119000101009x", "11010119000101009X"],
  ["a full-width small x too", "11010119000101009ｘ", "11010119000101009X"],
  ["spaces of all widths go", " 110101 1900\u30000101\t0014\u200b", "110101190001010014"],
  ["letters of a credit code become large", "91110000dem0000014", "91110000DEM0000014"],
  ["nothing else is touched", "1101-O1", "1101-O1"],
];
for (const [what, from, to] of typed) test(`typed number: ${what}`, () => assert.equal(tidyNumber(from), to));

const numbers: [what: string, kind: Kind, number: string, fault: NumberFault | null][] = [
  ["a right citizen number", "personal", "110101190001010014", null],
  ["one that ends in X", "personal", "11010119000101009X", null],
  ["a leap day", "personal", "110101200002290018", null],
  ["a right credit code", "corporate", "91110000DEM0000014", null],
  ["nothing typed", "personal", "", { fault: "missing" }],
  ["17 characters", "personal", "11010119000101001", { fault: "length", have: 17 }],
  ["19 characters", "personal", "1101011900010100144", { fault: "length", have: 19 }],
  ["a letter inside", "personal", "11010119O001010014", { fault: "character", at: 9, found: "O" }],
  ["an X that is not last", "personal", "1101011900010100X4", { fault: "character", at: 17, found: "X" }],
  ["a month that does not exist", "personal", "110101190013010014", { fault: "date" }],
  ["a day that does not exist", "personal", "110101190002290014", { fault: "date" }],
  ["a wrong check character", "personal", "110101190001010015", { fault: "check" }],
  ["two digits swapped", "personal", "110101190001010041", { fault: "check" }],
  ["a credit code with an I", "corporate", "91110000DEI0000014", { fault: "character", at: 11, found: "I" }],
  ["a credit code with a letter in its area", "corporate", "9111A000DEM0000014", { fault: "character", at: 5, found: "A" }],
  ["a credit code with a wrong check character", "corporate", "91110000DEM0000015", { fault: "check" }],
];
for (const [what, kind, number, fault] of numbers) {
  test(`number check: ${what}`, () => assert.deepEqual(checkNumber(kind, number), fault));
}

test("number check: any one changed digit of a citizen number is noticed", () => {
  const right = "110101190001010014";
  for (let i = 0; i < 18; i++) {
    for (let d = 0; d < 10; d++) {
      const changed = right.slice(0, i) + d + right.slice(i + 1);
      if (changed !== right) assert.notEqual(checkNumber("personal", changed), null, changed);
    }
  }
});
