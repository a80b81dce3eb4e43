// The font inside the binary: DejaVu Sans Bold of Debian's fonts-dejavu-core, put there by captcha_font.S.
#pragma once

#include <cstdint>
#include <span>

namespace qrgate {

std::span<const std::uint8_t> captcha_font() noexcept;

}  // namespace qrgate
