// Reading UTF-8 (RFC 3629) one code point at a time, and what East Asian keyboards do to ASCII. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qrgate {

struct CodePoint {
    char32_t value;
    std::size_t size;  // octets
};
// The code point that begins at `at`; nullopt at the end and where the text is no UTF-8 (overlong, surrogate,
// cut off).
std::optional<CodePoint> code_point_at(std::string_view text, std::size_t at) noexcept;

// One piece of the text per code point; a broken octet is a piece of its own.
std::vector<std::string_view> characters(std::string_view text);

// Full-width ASCII (U+FF01 to U+FF5E) and the ideographic space become what they stand for; the rest stays.
std::string half_width(std::string_view typed);

}  // namespace qrgate
