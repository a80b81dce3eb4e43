// What the first load of a page may weigh, brotli, 1 kB = 1000 octets: HTML, CSS and scripts with everything they import
// at once. What a page loads by itself right afterwards counts too; so far no page does (the bench's goal P11 asks a browser).
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { build } from "vite";

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
}

const out = mkdtempSync(join(tmpdir(), "qrgate-budget-"));
after(() => rmSync(out, { recursive: true }));
const root = join(import.meta.dirname, "..");
await build({ root, configFile: join(root, "vite.config.ts"), logLevel: "error", build: { outDir: out } });
const manifest = JSON.parse(readFileSync(join(out, ".vite/manifest.json"), "utf8")) as Record<string, Chunk>;

function weight(files: Iterable<string>): number {
  return [...files].reduce((sum, file) => sum + brotliCompressSync(readFileSync(join(out, file))).length, 0);
}

function chunk(key: string): Chunk {
  const found = manifest[key];
  assert.ok(found, `${key} is not in the manifest`);
  return found;
}

// The chunk and everything it imports statically, without what `without` already brought.
function loaded(key: string, without: Set<string> = new Set()): Set<string> {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name) || without.has(name)) return;
    seen.add(name);
    chunk(name).imports?.forEach(visit);
  };
  visit(key);
  return seen;
}

const scripts = (keys: Set<string>): string[] => [...keys].map((key) => chunk(key).file);
const styles = (keys: Set<string>): Set<string> => new Set([...keys].flatMap((key) => chunk(key).css ?? []));

const pages: [page: string, html: number, css: number, js: number][] = [
  ["login.html", 3000, 3000, 8000],
  ["login.en.html", 3000, 3000, 8000],
  ["register.html", 3000, 3000, 12_000],
  ["register.en.html", 3000, 3000, 12_000],
  ["reset.html", 3000, 3000, 12_000],
  ["reset.en.html", 3000, 3000, 12_000],
  ["account.html", 3000, 3000, 15_000],
  ["account.en.html", 3000, 3000, 15_000],
];
for (const [page, html, css, js] of pages) {
  test(`budget of ${page}`, (t) => {
    const keys = loaded(page);
    const have = { html: weight([page]), css: weight(styles(keys)), js: weight(scripts(keys)) };

    t.diagnostic(JSON.stringify(have));
    assert.ok(have.html <= html && have.css <= css && have.js <= js, JSON.stringify(have));
  });
}

for (const page of ["login.qr.html", "login.qr.en.html"]) {
  test(`budget of ${page}: 3 kB, and the QR tab's script runs before the page's own`, () => {
    const scripts = [...readFileSync(join(out, page), "utf8").matchAll(/<script type="module" blocking="render" src="\/([^"]+)"/g)].map(([, src]) => src);

    assert.ok(weight([page]) <= 3000);
    assert.deepEqual(scripts, [chunk("portal/qr_tab.ts").file, chunk(page.replace(".qr", "")).file]);
  });
}

test("no script carries Vite's helper for import()", () => {
  for (const { file } of Object.values(manifest).filter((one) => one.file.endsWith(".js"))) {
    assert.doesNotMatch(readFileSync(join(out, file), "utf8"), /vite:preloadError/, file);
  }
});

test("budget of the QR tab: 5 kB on top of the page", (t) => {
  const keys = loaded("portal/qr_tab.ts", loaded("login.html"));
  const have = weight(scripts(keys));

  t.diagnostic(String(have));
  assert.ok(have <= 5000, `${have}`);
});

for (const [page, key] of [["login.html", "portal/sms.zh.ts"], ["login.en.html", "portal/sms.en.ts"]] as const) {
  test(`budget of the SMS tab of ${page}: 5 kB on top of the page`, (t) => {
    const have = weight(scripts(loaded(key, loaded(page))));

    t.diagnostic(String(have));
    assert.ok(have <= 5000, `${have}`);
  });
}

for (const page of ["phone.html", "phone.en.html"]) {
  test(`budget of ${page}: 40 kB with what a whole login loads, the QR reader for old browsers aside`, (t) => {
    const first = loaded(page);
    const keys = new Set([...first, ...loaded("core/certificate.ts", first), ...loaded("phone/camera.ts", first)]);
    const have = { html: weight([page]), css: weight(styles(keys)), js: weight(scripts(keys)) };

    t.diagnostic(JSON.stringify(have));
    assert.ok(have.html <= 3000 && have.css <= 3000 && have.js <= 40_000, JSON.stringify(have));
    assert.ok(![...keys].some((key) => key.includes("jsqr")), "jsQR is its own download");
  });
}

for (const language of ["zh", "en"]) {
  test(`budget of raising the level (${language}): 6 kB on top of the page`, (t) => {
    const have = weight(scripts(loaded(`phone/proofing_${language}.ts`, loaded(language === "zh" ? "phone.html" : "phone.en.html"))));

    t.diagnostic(String(have));
    assert.ok(have <= 6000, `${have}`);
  });
}

test("no page has inline scripts, inline styles or foreign addresses", () => {
  for (const page of Object.keys(manifest).filter((key) => key.endsWith(".html"))) {
    const html = readFileSync(join(out, page), "utf8");

    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:\/\//, page);
  }
});
