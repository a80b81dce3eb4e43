#include "protocol/person_name.hpp"

#include "protocol/utf8.hpp"

namespace qrgate {
namespace {

constexpr std::size_t fewest = 2;
constexpr std::size_t most_of_a_person = 30;
constexpr std::size_t most_of_a_company = 100;
constexpr char32_t ideographic_space = 0x3000;

bool is_blank(char32_t c) noexcept {
    return c == ' ' || c == '\t' || c == 0xA0 || c == ideographic_space;
}

bool cannot_be_seen(char32_t c) noexcept {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

}  // namespace

std::string normal_person_name(std::string_view typed) {
    std::size_t first = std::string_view::npos;
    std::size_t last = 0;
    for (std::size_t at = 0; at < typed.size();) {
        const auto point = code_point_at(typed, at);
        if (!point) return std::string(typed);
        if (!is_blank(point->value)) {
            if (first == std::string_view::npos) first = at;
            last = at + point->size;
        }
        at += point->size;
    }
    return first == std::string_view::npos ? std::string() : std::string(typed.substr(first, last - first));
}

bool is_person_name(PersonKind kind, std::string_view name) noexcept {
    const std::size_t most = kind == PersonKind::personal ? most_of_a_person : most_of_a_company;
    std::size_t count = 0;
    bool says_something = false;
    for (std::size_t at = 0; at < name.size(); ++count) {
        const auto point = code_point_at(name, at);
        if (!point || cannot_be_seen(point->value)) return false;
        says_something |= !is_blank(point->value) && (point->value < '0' || point->value > '9');
        at += point->size;
    }
    return says_something && count >= fewest && count <= most;
}

}  // namespace qrgate
