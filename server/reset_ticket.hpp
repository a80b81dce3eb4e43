// What a person gets who knows the right password of an account whose password must change: it lets the reset
// start without the captcha (docs/protocol.md section 3). Self-authenticating, 10 minutes; the code still
// goes to the phone on record, so the ticket alone changes nothing. Pure but for its parameters.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"
#include "protocol/time.hpp"

namespace qrgate {

// base64url(expiry, 8 octets ‖ randomness, 8 octets ‖ person id ‖ HMAC-SHA-256 of all before).
std::string make_reset_ticket(const Digest& key, std::string_view person_id, WallTime now, Random& random);
// The person's id; none when it is forged or its time is over.
std::optional<std::string> check_reset_ticket(const Digest& key, std::string_view ticket, WallTime now);

}  // namespace qrgate
