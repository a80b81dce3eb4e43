#pragma once
#include <span>
#include <string_view>
namespace qrgate {
struct WebAsset { std::string_view path; std::string_view type; std::string_view raw, br, gz; std::string_view etag; bool immutable; };
std::span<const WebAsset> web_assets() noexcept;
const WebAsset* find_web_asset(std::string_view path) noexcept;
}
