// How a proofing provider and we know each other's messages (docs/protocol.md section 5):
//   X-Qrgate-Timestamp: seconds since 1970, at most 300 s from the receiver's clock
//   X-Qrgate-Signature: v1=hex(HMAC-SHA256(key, timestamp "." body)), compared in constant time
// A GET has no body: its path and query take that place. Pure, any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "protocol/time.hpp"

namespace qrgate {

inline constexpr std::string_view timestamp_header = "X-Qrgate-Timestamp";
inline constexpr std::string_view signature_header = "X-Qrgate-Signature";
inline constexpr std::chrono::seconds signature_tolerance{300};

struct SignedHeaders {
    std::string timestamp = {};
    std::string signature = {};
};
SignedHeaders sign_message(std::string_view key, std::string_view body, WallTime now);

// False for an empty key: nobody may speak then.
bool is_signed_message(std::string_view key, std::string_view timestamp, std::string_view signature,
                       std::string_view body, WallTime now);

}  // namespace qrgate
