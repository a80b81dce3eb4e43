#include "server/proofing/callback_signature.hpp"

#include <charconv>
#include <cstdint>

#include "protocol/bytes.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_timestamp = 12;

std::string signature_of(std::string_view key, std::string_view timestamp, std::string_view body) {
    std::string message(timestamp);
    message += '.';
    message += body;
    return "v1=" + hex(hmac_sha256(as_bytes(key), as_bytes(message)));
}

}  // namespace

SignedHeaders sign_message(std::string_view key, std::string_view body, WallTime now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    std::string timestamp = std::to_string(seconds);
    std::string signature = signature_of(key, timestamp, body);
    return {std::move(timestamp), std::move(signature)};
}

bool is_signed_message(std::string_view key, std::string_view timestamp, std::string_view signature,
                       std::string_view body, WallTime now) {
    if (key.empty() || timestamp.empty() || timestamp.size() > longest_timestamp) return false;
    std::int64_t seconds = 0;
    const auto read = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
    if (read.ec != std::errc() || read.ptr != timestamp.data() + timestamp.size()) return false;
    const WallTime at{std::chrono::seconds(seconds)};
    if (at < now - signature_tolerance || at > now + signature_tolerance) return false;
    return equal_in_constant_time(as_bytes(signature_of(key, timestamp, body)), as_bytes(signature));
}

}  // namespace qrgate
