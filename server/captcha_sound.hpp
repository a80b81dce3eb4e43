// The spoken answer of a captcha: Mandarin digits with pauses, speeds and noise of their own, as a WAV (RIFF,
// 16-bit PCM, 8000 samples a second) that every browser plays. The same digits and seed always give the same
// octets, so that hearing it again helps nobody to filter the noise, and a player may ask for it in parts.
// Pure; about a millisecond.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/bytes.hpp"

namespace qrgate {

// `digits`: 0 to 9 only.
Bytes speak_digits(std::string_view digits, const Digest& seed);

// One digit as it was recorded, for tests of how well they can be told apart.
std::vector<std::int16_t> recorded_digit(unsigned digit);

}  // namespace qrgate
