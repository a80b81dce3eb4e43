// The pages and their two languages. One template makes two pages: login.html (zh-CN) and login.en.html.
//   {{key}}      the text of that key from <folder>/<page>.texts.json or shell/shell.texts.json, escaped for HTML
//   {{> name}}   the file shell/name.html
// A key that is missing in a language stops the build. Texts that scripts say live in <folder>/<page>.<zh|en>.ts,
// the page's entry script of that language, so that a reader downloads one language only.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Plugin, Rolldown } from "vite";

type Language = "zh" | "en";
type Texts = Record<string, Record<Language, string>>;

const entry_tag = /<script (type="module" blocking="render")/;
const root = join(import.meta.dirname, "..");
const folders: Record<string, string> = { login: "portal", account: "portal", register: "portal", reset: "portal", phone: "phone", demo: "demo", face: "demo" };

export interface Page {
  name: string;
  language: Language;
}

function fileOf({ name, language }: Page): string {
  return join(root, language === "zh" ? `${name}.html` : `${name}.${language}.html`);
}

export const pages: Page[] = Object.keys(folders).flatMap((name) => [
  { name, language: "zh" as const },
  { name, language: "en" as const },
]);

export function pageInputs(): Record<string, string> {
  return Object.fromEntries(pages.map((page) => [`${page.name}-${page.language}`, fileOf(page)]));
}

function readTexts(folder: string, name: string): Texts {
  return JSON.parse(readFileSync(join(root, folder, `${name}.texts.json`), "utf8")) as Texts;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

export function renderPage(page: Page): string {
  const folder = folders[page.name] ?? "";
  const texts: Texts = { ...readTexts("shell", "shell"), ...readTexts(folder, page.name) };
  const built: Record<string, string> = {
    lang: page.language === "zh" ? "zh-CN" : "en",
    other_lang: page.language === "zh" ? "en" : "zh-CN",
    entry: `/${folder}/${page.name}.${page.language}.ts`,
  };
  return readFileSync(join(root, folder, `${page.name}.html`), "utf8")
    .replace(/\{\{> (\w+)\}\}\n?/g, (_, name: string) => readFileSync(join(root, "shell", `${name}.html`), "utf8"))
    .replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
      const text = built[key] ?? texts[key]?.[page.language];
      if (text === undefined) throw new Error(`${folder}/${page.name}.html: no ${page.language} text for {{${key}}}`);
      return escape(text);
    });
}

// What an entry imports at once, directly or not: without links a browser finds it one import after the other.
function imported(entry: Rolldown.OutputChunk, bundle: Rolldown.OutputBundle): string[] {
  const found = new Set<string>();
  const visit = (file: string): void => {
    const chunk = bundle[file];
    if (found.has(file) || chunk?.type !== "chunk") return;
    found.add(file);
    chunk.imports.forEach(visit);
  };
  entry.imports.forEach(visit);
  return [...found];
}

// login.html?tab=qr is a page of its own, login.qr.html: it runs the QR tab's script first, which opens its socket while
// the page's own script still loads.
export function qrPages(): Plugin {
  return {
    name: "qrgate-qr-pages",
    enforce: "post",
    generateBundle(_, bundle) {
      const chunk = Object.values(bundle).find((one) => one.type === "chunk" && one.facadeModuleId?.endsWith("/portal/qr_tab.ts"));
      if (chunk?.type !== "chunk") throw new Error("portal/qr_tab.ts has no chunk of its own");
      const needs = imported(chunk, bundle).map((file) => `<link rel="modulepreload" href="/${file}">`);
      for (const page of pages.filter(({ name }) => name === "login")) {
        const from = basename(fileOf(page));
        const html = bundle[from];
        if (html?.type !== "asset") throw new Error(`${from} was not built`);
        const without = needs.reduce((source, link) => source.replace(`  ${link}\n`, ""), String(html.source));
        const source = without.replace(entry_tag, (tag, attributes: string) => [`<script ${attributes} src="/${chunk.fileName}"></script>`, ...needs, tag].join("\n  "));
        this.emitFile({ type: "asset", fileName: from.replace("login", "login.qr"), source });
      }
    },
  };
}

// Vite wraps each import() in a helper that preloads, reports and awaits: octets on every page for what browsers do by
// themselves, and `modulePreload: false` does not take it away. Without the plugin that wraps, import() stays as written.
export function plainImports(): Plugin {
  const wraps = "native:import-analysis-build";
  return {
    name: "qrgate-plain-imports",
    configResolved(config) {
      const at = config.plugins.findIndex(({ name }) => name === wraps);
      if (at < 0) throw new Error(`Vite has no plugin ${wraps} any more: look how import() is wrapped now`);
      (config.plugins as Plugin[]).splice(at, 1);
    },
  };
}

export function languagePages(): Plugin {
  const byFile = new Map(pages.map((page) => [fileOf(page), page]));
  return {
    name: "qrgate-language-pages",
    enforce: "pre",
    resolveId: (id) => (byFile.has(id) ? id : null),
    load: (id) => {
      const page = byFile.get(id);
      return page ? renderPage(page) : null;
    },
    transformIndexHtml: {
      order: "post",
      // Big text and high contrast are set by script: without `blocking` the page would be drawn twice.
      handler: (html, { chunk, bundle }) => ({
        html: html.replace(/type="module" crossorigin/g, 'type="module" blocking="render"').replace(/ crossorigin/g, ""),
        tags: chunk && bundle ? imported(chunk, bundle).map((file) => ({ tag: "link", attrs: { rel: "modulepreload", href: `/${file}` }, injectTo: "head" as const })) : [],
      }),
    },
  };
}
