// Builds the mini-program: pages and core as CommonJS of ES2018 (what every WeChat runs), what they share in lib/,
// wxml, wxss and json beside them. Nothing in it needs a browser, eval or import().
//   node --experimental-strip-types miniprogram/build.ts [FOLDER]     default: build/miniprogram at the top of the tree
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";

const here = import.meta.dirname;
const copied = /\.(wxml|wxss|json)$/;

// Pages and app are files of their own; all else is lib/qrgate.js.
function isEntry(id: string): boolean {
  return id.startsWith(here) && /^(app|pages\/.*)\.ts$/.test(relative(here, id));
}

interface AppJson {
  pages: string[];
}

// Packages reach for what WeChat's JavaScript does not always have. What is reached by our calls is put right here, and
// the build stops when a new version of a package writes it otherwise.
interface Mend {
  file: RegExp;
  find: RegExp;
  instead: string;
}
const mends: Mend[] = [
  // The length of what is sealed, below 2^32: no BigInt, which an older iOS lacks.
  {
    file: /@noble\/ciphers\/utils\.js$/,
    find: /view\.setBigUint64\((\d), BigInt\((\w+)\), isLE\);/g,
    instead: "view.setUint32($1, isLE ? $2 : 0, isLE); view.setUint32($1 + 4, isLE ? 0 : $2, isLE);",
  },
  // Only for nonces that are not 12 octets; ours are.
  {
    file: /@noble\/ciphers\/aes\.js$/,
    find: /view\.setBigUint64\(8, BigInt\(nonce\.length \* 8\), false\);/g,
    instead: "view.setUint32(12, nonce.length * 8, false);",
  },
  // In WeChat setTimeout belongs to the file's scope, not to a global object.
  { file: /@noble\/hashes\/utils\.js$/, find: /const host = globalThis;/g, instead: "const host = { setTimeout };" },
  // For passwords given as text; ours are octets.
  { file: /@noble\/hashes\/utils\.js$/, find: /new TextEncoder\(\)\.encode\(str\)/g, instead: "notOctets(str)" },
  // jsbn fills a generator of its own while it is loaded; nobody asks that one.
  { file: /node_modules\/jsbn\//, find: /Math\.random\(\)/g, instead: "0" },
];
const notOctets = '\nfunction notOctets() { throw new TypeError("octets expected"); }\n';

// sm-crypto's own randomness is replaced (stand_in/rng.ts), the rest mended as listed above.
function fitForWeChat(): Plugin {
  const done = new Set<Mend>();
  return {
    name: "qrgate-fit-for-wechat",
    enforce: "pre",
    resolveId(id, importer) {
      if (id.endsWith("/config.ts")) return { id: "../config.js", external: true };
      return id === "./rng" && importer?.includes("sm-crypto") ? join(here, "stand_in/rng.ts") : null;
    },
    transform(code, id) {
      const wanted = mends.filter(({ file }) => file.test(id));
      if (wanted.length === 0) return null;
      let mended = code;
      for (const mend of wanted) {
        const before = mended;
        mended = mended.replace(mend.find, mend.instead);
        if (mended !== before) done.add(mend);
      }
      return { code: mended.includes("notOctets(") ? mended + notOctets : mended, map: null };
    },
    buildEnd(error) {
      if (error) return;
      const missed = mends.filter((mend) => !done.has(mend));
      if (missed.length > 0) throw new Error(`nothing to mend: ${missed.map(({ file, find }) => `${file} ${find}`).join("; ")}`);
    },
  };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

export async function buildMiniProgram(out: string): Promise<void> {
  const { pages } = JSON.parse(readFileSync(join(here, "app.json"), "utf8")) as AppJson;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  await build({
    root: here,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    plugins: [fitForWeChat()],
    // jsbn looks for a browser; here there is none, and what it would do with one falls away.
    define: { window: "undefined", navigator: "undefined" },
    build: {
      outDir: out,
      target: "es2018",
      minify: false,
      emptyOutDir: false, // done above
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: Object.fromEntries(["app", ...pages].map((name) => [name, join(here, `${name}.ts`)])),
        preserveEntrySignatures: "allow-extension",
        output: {
          format: "cjs",
          exports: "named",
          entryFileNames: "[name].js",
          chunkFileNames: "lib/[name].js",
          codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: "qrgate", test: (id) => !isEntry(id) }] },
          minify: "dce-only",
        },
      },
    },
  });
  for (const file of filesUnder(here).filter((name) => copied.test(name) && name !== "tsconfig.json")) {
    mkdirSync(dirname(join(out, file)), { recursive: true });
    cpSync(join(here, file), join(out, file));
  }
  // As it is, comments included: it is the file that people change where it is put.
  const config = readFileSync(join(here, "config.ts"), "utf8").replace("export const config =", "exports.config =");
  writeFileSync(join(out, "config.js"), config);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = resolve(process.argv[2] ?? join(here, "../../build/miniprogram"));
  await buildMiniProgram(out);
  console.log(`the mini-program is in ${out}`);
}
