// The citizen number (GB 11643): 17 digits and a check character (ISO 7064 MOD 11-2, upper-case X). Pure.
#pragma once

#include <string>
#include <string_view>

namespace qrgate {

// 18 characters, a real date that is not before 1900, right check character. No normalising: full-width
// digits and a lower-case x are refused here and put right by normal_identity_number.
bool is_citizen_number(std::string_view number) noexcept;

// What people type: full-width to half-width, spaces out, x to X. Also for credit codes (letters to upper
// case).
std::string normal_identity_number(std::string_view typed);

}  // namespace qrgate
