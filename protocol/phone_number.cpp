#include "protocol/phone_number.hpp"

#include <algorithm>

#include "protocol/utf8.hpp"

namespace qrgate {

bool is_phone_number(std::string_view number) noexcept {
    return number.size() == 11 && number[0] == '1' && number[1] >= '3' &&
           std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

std::string normal_phone_number(std::string_view typed) {
    std::string normal = half_width(typed);
    std::erase_if(normal, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-'; });
    for (const std::string_view prefix : {"+86", "0086"}) {
        if (!normal.starts_with(prefix)) continue;
        normal.erase(0, prefix.size());
        break;
    }
    return normal;
}

}  // namespace qrgate
