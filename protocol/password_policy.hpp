// Which new passwords are good enough, and what is wrong with one that is not. Pure.
// manual: at least 8; letters, digits and specials; specials only from !@#$%^&* (the manual's FAQ 3).
// nist: SP 800-63B-4; at least 15, no composition rule, any printing character.
// djcp: customary for GB/T 22239 level 3; at least 8, three of four classes; a new one every 90 days, which
// is not judged here (password_max_age in server/config.hpp). In every policy: no common one, at most 256
// code points and 1024 octets, UTF-8 without controls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/error.hpp"

namespace qrgate {

enum class PasswordPolicy : std::uint8_t { manual, nist, djcp };
std::string_view name_of(PasswordPolicy policy) noexcept;
std::optional<PasswordPolicy> password_policy(std::string_view name) noexcept;

enum class PasswordFault : std::uint8_t {
    none,
    too_short,
    too_long,
    no_letter,
    no_digit,
    no_special,
    illegal_character,  // manual: anything but letters, digits and !@#$%^&*
    common,
    not_text,
};

// The first rule the password breaks, in the order of PasswordFault; only not_text goes before all others.
PasswordFault check_password(PasswordPolicy policy, std::string_view password) noexcept;
std::string_view text(PasswordFault fault, Language language) noexcept;
// The rules as shown before typing.
std::string_view policy_text(PasswordPolicy policy, Language language) noexcept;

}  // namespace qrgate
