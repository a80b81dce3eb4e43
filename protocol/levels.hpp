// One table: which level a login method needs. Code, tests and pages read it. Pure.
#pragma once

#include "protocol/person.hpp"

namespace qrgate {

inline constexpr int lowest_level = 1;
inline constexpr int highest_level = 3;

// password 1, sms 3, qr 3 (and a certificate).
int needed_level(LoginMethod method) noexcept;
// Authentication assurance: password and sms 1, qr 2.
int assurance(LoginMethod method) noexcept;

}  // namespace qrgate
