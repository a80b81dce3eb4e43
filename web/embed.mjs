// node embed.mjs DIST OUT: compresses every file of DIST (brotli 11, gzip 9) and writes OUT/assets.S (.incbin) and
// OUT/assets.cpp (the table of web/assets.hpp). assets.S names the files it includes by path, so OUT must stay.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join, relative, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
  ".wav": "audio/wav",
  ".webmanifest": "application/manifest+json",
};
const smallest = 256; // below it compressing gains nothing

const [dist, out] = process.argv.slice(2).map((path) => resolve(path));
if (!dist || !out) throw new Error("usage: node embed.mjs DIST OUT");

const blobs = join(out, "blobs");
rmSync(blobs, { recursive: true, force: true });
mkdirSync(blobs, { recursive: true });

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".")) return []; // Vite's manifest
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

const assembly = ['    .section .rodata,"a",%progbits'];
function blob(name, bytes) {
  const file = join(blobs, name);
  writeFileSync(file, bytes);
  assembly.push(`    .global qrgate_${name}`, `qrgate_${name}:`, `    .incbin "${file}"`);
}

const rows = files(dist)
  .map((file) => ({ file, path: `/${relative(dist, file)}` }))
  .sort((a, b) => (a.path < b.path ? -1 : 1))
  .map(({ file, path }, i) => {
    const type = types[extname(path)];
    if (!type) throw new Error(`embed.mjs knows no type for ${path}`);
    const raw = readFileSync(file);
    const br = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length } });
    const gz = gzipSync(raw, { level: 9 });
    const pays = raw.length >= smallest && br.length < raw.length && gz.length < raw.length;
    blob(`raw_${i}`, raw);
    if (pays) {
      blob(`br_${i}`, br);
      blob(`gz_${i}`, gz);
    }
    return { i, path, type, raw: raw.length, br: pays ? br.length : 0, gz: pays ? gz.length : 0, etag: createHash("sha256").update(raw).digest("base64url").slice(0, 27) };
  });

const names = rows.flatMap(({ i, br }) => (br ? [`raw_${i}`, `br_${i}`, `gz_${i}`] : [`raw_${i}`]));
const view = (name, size) => (size ? `{qrgate_${name}, ${size}}` : "{}");
const table = rows.map(
  (row) =>
    `    {"${row.path}", "${row.type}", ${view(`raw_${row.i}`, row.raw)}, ${view(`br_${row.i}`, row.br)}, ${view(`gz_${row.i}`, row.gz)}, "${row.etag}", ${row.path.startsWith("/assets/")}},`,
);

writeFileSync(join(out, "assets.S"), [...assembly, '    .section .note.GNU-stack,"",%progbits', ""].join("\n"));
writeFileSync(
  join(out, "assets.cpp"),
  `// Written by web/embed.mjs.
#include "web/assets.hpp"

#include <algorithm>
#include <array>

extern "C" {
${names.map((name) => `extern const char qrgate_${name}[];`).join("\n")}
}

namespace qrgate {
namespace {

const std::array<WebAsset, ${rows.length}> assets{{
${table.join("\n")}
}};

}  // namespace

std::span<const WebAsset> web_assets() noexcept {
    return assets;
}

const WebAsset* find_web_asset(std::string_view path) noexcept {
    const auto found = std::lower_bound(assets.begin(), assets.end(), path, [](const WebAsset& a, std::string_view p) { return a.path < p; });
    return found != assets.end() && found->path == path ? &*found : nullptr;
}

}  // namespace qrgate
`,
);
