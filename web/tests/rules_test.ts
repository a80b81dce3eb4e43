// What no file of this room may do, and what every built page must be.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HtmlValidate } from "html-validate";
import { pages, renderPage } from "../build/pages.ts";

const root = join(import.meta.dirname, "..");

function sources(folder: string): string[] {
  return readdirSync(join(root, folder)).filter((name) => name.endsWith(".ts")).map((name) => join(folder, name));
}

test("core/ knows no browser and no mini-program", () => {
  for (const file of sources("core")) {
    const code = readFileSync(join(root, file), "utf8").replace(/\/\/.*$/gm, "");

    assert.doesNotMatch(code, /\b(wx|window|document|localStorage|location|navigator)\s*[.(\[]|from "\.\.\//, file);
  }
});

test("no markup is made from strings", () => {
  for (const file of ["core", "shell", "portal", "phone", "demo"].flatMap(sources)) {
    assert.doesNotMatch(readFileSync(join(root, file), "utf8"), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, file);
  }
});

const validator = new HtmlValidate({
  extends: ["html-validate:recommended", "html-validate:a11y"],
  rules: { "doctype-style": "off", "no-trailing-whitespace": "off", "tel-non-breaking": "off", "long-title": "off" },
});

for (const page of pages) {
  test(`${page.name}, ${page.language}: valid HTML with a title and its language`, async () => {
    const html = renderPage(page);

    const report = await validator.validateString(html);

    assert.deepEqual(report.results.flatMap(({ messages }) => messages.map(({ line, ruleId, message }) => `${line} ${ruleId}: ${message}`)), []);
    assert.match(html, page.language === "zh" ? /<html lang="zh-CN">/ : /<html lang="en">/);
  });
}

test("the login page has the places that the server fills when there is no script", () => {
  for (const language of ["zh", "en"] as const) {
    const html = renderPage({ name: "login", language });

    for (const place of ["<!--qrgate-problem-->", 'name="identity_number" value=""', 'method="post" action="/api/v1/login/password?lang=']) {
      assert.equal(html.split(place).length, 2, place);
    }
  }
});
