// Octets and their spellings: base64url without padding (RFC 4648, 5), lower-case hex, SHA-256, HMAC.
// Decoders are strict: no padding, no whitespace, no non-canonical trailing bits. Pure, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qrgate {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using Digest = std::array<std::uint8_t, 32>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);
std::string hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);  // lower case only

Digest sha256(ByteView bytes);
Digest hmac_sha256(ByteView key, ByteView message);
// Takes the same time wherever the difference is; false for different lengths.
bool equal_in_constant_time(ByteView a, ByteView b) noexcept;
// Overwrites, also where an optimizer sees no reader.
void wipe(std::span<std::uint8_t> secret) noexcept;
void wipe(std::string& secret) noexcept;

// Whether the text is well-formed UTF-8 (RFC 3629) without NUL.
bool is_clean_utf8(std::string_view text) noexcept;

}  // namespace qrgate
