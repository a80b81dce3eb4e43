#include "protocol/utf8.hpp"

#include <algorithm>

namespace qrgate {

std::optional<CodePoint> code_point_at(std::string_view text, std::size_t at) noexcept {
    if (at >= text.size()) return {};
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) return CodePoint{lead, 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + size > text.size()) return {};

    char32_t value = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        const auto octet = static_cast<unsigned char>(text[at + i]);
        if ((octet & 0xC0U) != 0x80U) return {};
        value = (value << 6U) | (octet & 0x3FU);
    }
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < smallest[size] || value > 0x10FFFF || surrogate) return {};
    return CodePoint{value, size};
}

std::vector<std::string_view> characters(std::string_view text) {
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < text.size(); at += pieces.back().size()) {
        const auto point = code_point_at(text, at);
        pieces.push_back(text.substr(at, point ? point->size : 1));
    }
    return pieces;
}

std::string half_width(std::string_view typed) {
    std::string plain;
    plain.reserve(typed.size());
    for (std::size_t at = 0; at < typed.size();) {
        const auto point = code_point_at(typed, at);
        const std::size_t size = point ? point->size : 1;
        if (point && point->value >= 0xFF01 && point->value <= 0xFF5E)
            plain += static_cast<char>(point->value - 0xFEE0);
        else if (point && point->value == 0x3000)
            plain += ' ';
        else
            plain += typed.substr(at, size);
        at += size;
    }
    return plain;
}

}  // namespace qrgate
