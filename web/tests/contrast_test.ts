// The palette of styles/base.css, plain and high contrast, against WCAG 1.4.3 (text) and 1.4.11 (borders, focus).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const css = readFileSync(join(import.meta.dirname, "../styles/base.css"), "utf8");

function palette(selector: string): Record<string, string> {
  const block = new RegExp(`\\${selector} \\{([^}]*)\\}`).exec(css)?.[1] ?? "";
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]+)/g)].map(([, name, colour]) => [name, colour]));
}

function luminance(colour: string): number {
  const long = colour.length === 4 ? colour.replace(/[0-9a-f]/g, "$&$&") : colour;
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(long.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const pairs: [front: string, back: string, least: number][] = [
  ...["text", "hint", "brand", "error", "ok"].map((front): [string, string, number] => [front, "card", 4.5]),
  ...["text", "hint", "brand"].map((front): [string, string, number] => [front, "page", 4.5]),
  ["text", "soft", 4.5],
  ["on-brand", "brand", 4.5],
  ["border", "card", 3],
  ["border", "soft", 3],
];
for (const [name, colours] of [["plain", palette(":root")], ["high contrast", palette(".contrast")]] as const) {
  test(`${name}: every colour that is used on another can be told from it`, () => {
    for (const [front, back, least] of pairs) {
      const [a, b] = [colours[front], colours[back]];
      assert.ok(a && b, `${front} and ${back} are in the palette`);
      assert.ok(contrast(a, b) >= least, `${front} on ${back}: ${contrast(a, b).toFixed(2)}`);
    }
  });

  test(`${name}: outline or ring of the focus can be seen on every ground`, () => {
    for (const back of ["card", "page", "soft", "brand"]) {
      const ground = colours[back] ?? "";
      const best = Math.max(...["focus", "ring"].map((part) => contrast(colours[part] ?? "", ground)));
      assert.ok(best >= 3, `${back}: ${best.toFixed(2)}`);
    }
  });
}

test("negative control: the yellow alone is too light on white", () => {
  assert.ok(contrast("#ffb000", "#ffffff") < 3);
  assert.equal(contrast("#000", "#fff"), 21);
});
