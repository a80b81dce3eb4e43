// Passwords that stood in published leaks most often. Pure; the list is a sorted constant.
#pragma once

#include <span>
#include <string_view>

namespace qrgate {

// Lower case, sorted, each once; none is in common_passwords().
std::span<const std::string_view> leaked_passwords() noexcept;

}  // namespace qrgate
