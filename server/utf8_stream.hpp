// Whether octets that come in pieces are well-formed UTF-8 (RFC 3629, 4), told at the first octet that cannot
// be part of it: no overlong form, no surrogate, nothing above U+10FFFF. NUL is a character here. A value of
// three octets.
#pragma once

#include <cstdint>
#include <string_view>

namespace qrgate {

class Utf8Stream {
public:
    // False: no text begins like this.
    bool take(std::string_view octets) noexcept {
        for (const char c : octets)
            if (!take(static_cast<std::uint8_t>(c))) return false;
        return true;
    }
    // Between two characters.
    bool is_complete() const noexcept { return missing_ == 0; }

private:
    bool take(std::uint8_t octet) noexcept {
        if (missing_ != 0) {
            if (octet < low_ || octet > high_) return false;
            --missing_;
            low_ = 0x80;
            high_ = 0xbf;
            return true;
        }
        if (octet < 0x80) return true;
        if (octet < 0xc2 || octet > 0xf4) return false;
        missing_ = octet < 0xe0 ? 1 : octet < 0xf0 ? 2 : 3;
        if (octet == 0xe0) low_ = 0xa0;
        if (octet == 0xed) high_ = 0x9f;
        if (octet == 0xf0) low_ = 0x90;
        if (octet == 0xf4) high_ = 0x8f;
        return true;
    }

    std::uint8_t missing_ = 0;  // continuation octets of the character that was begun
    std::uint8_t low_ = 0x80;   // what the next one may be
    std::uint8_t high_ = 0xbf;
};

}  // namespace qrgate
