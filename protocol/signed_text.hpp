// What the phone shows and signs, byte for byte (docs/protocol.md section 5, "What is signed").
// The server rebuilds it from its own record; it never verifies bytes that a client sent. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/time.hpp"

namespace qrgate {

struct SignedLogin {
    std::string origin;       // https://login.example
    std::string ticket;       // TOKEN
    std::string nonce;        // base64url of 32 octets
    std::string person;       // person id
    std::string certificate;  // serial, lower-case hex
    std::string family;       // browser family, or "unknown"
    std::string os;           // or "unknown"
    std::string address;      // as shown
    WallTime started{};
    WallTime expires{};
};

// UTF-8, every line ended by \n, also the last.
std::string signed_text(const SignedLogin& login);

// Out: control characters (C0, DEL, C1, line and paragraph separators), direction marks, broken UTF-8. At
// most `limit` octets at a character boundary.
std::string without_controls(std::string_view text, std::size_t limit);

}  // namespace qrgate
