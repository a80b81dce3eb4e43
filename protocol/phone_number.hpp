// Mobile numbers of mainland China: 11 digits, first 1, second 3 to 9. Pure.
#pragma once

#include <string>
#include <string_view>

namespace qrgate {

bool is_phone_number(std::string_view number) noexcept;
// What people type: full-width to half-width, spaces and dashes out, +86 or 0086 in front dropped.
std::string normal_phone_number(std::string_view typed);

}  // namespace qrgate
