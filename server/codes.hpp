// Short secrets that people type: six digits by SMS, four digits from the phone to the PC. Only keyed hashes
// of them are stored, bound to who may use them, so that a code of one browser or phone says nothing to
// another. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"

namespace qrgate {

// Uniform, leading zeros kept.
std::string random_digits(Random& random, int count);
// HMAC-SHA-256 under `key` of holder ‖ code.
Digest hash_code(const Digest& key, const Digest& holder, std::string_view code);
// Exactly `count` ASCII digits.
bool is_digits(std::string_view text, std::size_t count) noexcept;

}  // namespace qrgate
