#include "server/captcha_font.hpp"

extern "C" {
extern const std::uint8_t qrgate_captcha_font_begin[];
extern const std::uint8_t qrgate_captcha_font_end[];
}

namespace qrgate {

std::span<const std::uint8_t> captcha_font() noexcept {
    return {qrgate_captcha_font_begin, qrgate_captcha_font_end};
}

}  // namespace qrgate
