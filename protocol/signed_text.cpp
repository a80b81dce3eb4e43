#include "protocol/signed_text.hpp"

#include <fmt/format.h>

#include "protocol/utf8.hpp"

namespace qrgate {
namespace {

bool is_control(char32_t c) {
    const bool c0_or_c1 = c < 0x20 || (c >= 0x7F && c <= 0x9F);
    const bool separator = c == 0x2028 || c == 0x2029;
    // Direction marks can make one text look like another on the phone.
    const bool direction = c == 0x200E || c == 0x200F || c == 0x061C || (c >= 0x202A && c <= 0x202E) ||
                           (c >= 0x2066 && c <= 0x2069);
    return c0_or_c1 || separator || direction;
}

// A value can never begin a line of its own, whatever was stored.
std::string line(std::string_view value) {
    return without_controls(value, 512);
}

std::string named(std::string_view value) {
    return value.empty() ? "unknown" : line(value);
}

}  // namespace

std::string signed_text(const SignedLogin& login) {
    return fmt::format(
        "qrgate-login-v1\n"
        "origin: {}\n"
        "ticket: {}\n"
        "nonce: {}\n"
        "person: {}\n"
        "certificate: {}\n"
        "browser: {} on {}\n"
        "address: {}\n"
        "started: {}\n"
        "expires: {}\n",
        line(login.origin), line(login.ticket), line(login.nonce), line(login.person),
        line(login.certificate), named(login.family), named(login.os), line(login.address),
        format_time(login.started), format_time(login.expires));
}

std::string without_controls(std::string_view text, std::size_t limit) {
    std::string clean;
    for (std::size_t at = 0; at < text.size();) {
        const auto point = code_point_at(text, at);
        const std::size_t size = point ? point->size : 1;
        if (point && !is_control(point->value)) {
            if (clean.size() + size > limit) break;
            clean += text.substr(at, size);
        }
        at += size;
    }
    return clean;
}

}  // namespace qrgate
