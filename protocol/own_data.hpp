// Whether a new password holds what a stranger who wants this one account tries first: the person's own
// identity number, date of birth or phone (the context-specific words of SP 800-63B-4, 3.1.1.2). In every
// policy. Pure.
#pragma once

#include <string_view>

#include "protocol/error.hpp"

namespace qrgate {

// ASCII case is ignored. `phone` may be empty: where it is not known, or must not be told by the answer.
bool holds_own_data(std::string_view password, std::string_view identity_number,
                    std::string_view phone) noexcept;
std::string_view own_data_text(Language language) noexcept;

}  // namespace qrgate
