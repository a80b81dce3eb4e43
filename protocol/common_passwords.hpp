// Passwords that are tried first, and simple repetitions of them. Pure; the list is a sorted constant.
#pragma once

#include <span>
#include <string_view>

namespace qrgate {

// Whether it, or it without marks in front and behind (`!`, `#` …), is in the list or the one of
// leaked_passwords.hpp (ASCII case ignored), or one or two characters or an entry over and over.
bool is_common_password(std::string_view password) noexcept;

// Lower case, sorted, each once.
std::span<const std::string_view> common_passwords() noexcept;

}  // namespace qrgate
