// The pages, scripts and styles inside the binary, each also compressed. Written by web/embed.mjs at build time.
// Views into constant memory that lives as long as the program; any thread. Nothing here fails.
// `path` is absolute: "/login.html" (zh-CN), "/login.en.html", "/assets/login-Ch5gBmaw.js", "/favicon.svg".
#pragma once

#include <span>
#include <string_view>

namespace qrgate {

struct WebAsset {
    std::string_view path;
    std::string_view type;  // Content-Type
    std::string_view raw;
    std::string_view br;    // empty where compressing gains nothing; then so is gz
    std::string_view gz;
    std::string_view etag;  // of `raw`, without quotes: a compressed answer needs its own (append "-br", "-gz")
    bool immutable;         // its name holds its hash: may be cached for ever
};

// Sorted by path.
std::span<const WebAsset> web_assets() noexcept;
// By exact path; nullptr when there is none.
const WebAsset* find_web_asset(std::string_view path) noexcept;

}  // namespace qrgate
