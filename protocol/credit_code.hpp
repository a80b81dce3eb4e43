// The unified social credit code of companies (GB 32100): 18 characters, MOD 31 check character. Pure.
#pragma once

#include <string_view>

namespace qrgate {

// Alphabet 0-9 A-Z without I O S V Z; characters 3 to 8 are digits; right check character.
bool is_credit_code(std::string_view code) noexcept;

}  // namespace qrgate
