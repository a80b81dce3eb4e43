// Tokens of tickets: self-authenticating, so that waiting costs the database nothing.
// TOKEN (32 characters of [0-9A-Za-z_-], docs/protocol.md section 4):
//   node character, key character, then the 30 base64url characters of 22 octets:
//   expiry (4 octets, unix seconds), randomness (10 octets = 80 bits), MAC (8 octets, HMAC-SHA-256
//   truncated).
// Unguessable: 80 random + 64 MAC bits. The MAC covers node, key, expiry and randomness and is checked first.
// Who keeps many tokens keeps their parts: the rest of the text follows from the ring (token_text).
// Pure; keys are given. Also here: the short code, which names a seat and is looked up in memory only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/random.hpp"
#include "protocol/time.hpp"

namespace qrgate {

inline constexpr std::size_t token_size = 32;

// Ids of keys, in the order of their use: keys that follow each other differ in parity, by which who keeps
// many tokens knows which of two made one.
inline constexpr std::string_view token_key_ids =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
// A MAC key with its one-character id.
struct TokenKey {
    char id = '0';
    Digest key{};
};
struct TokenRing {
    char node = 'a';  // this process's node character, [0-9A-Za-z]
    TokenKey current{};
    std::optional<TokenKey> previous{};  // made the tokens that are still out
    std::optional<TokenKey> next{};      // other nodes may have begun to use it
};

std::string make_token(const TokenRing& ring, WallTime expires_at, Random& random);

// What a token of one ring's node and its current or previous key is remembered by: 14 octets and a bit, and
// its MAC where the text is written often.
struct TokenParts {
    using Chance = std::array<std::uint8_t, 10>;
    using Mac = std::array<std::uint8_t, 8>;
    std::uint32_t expiry = 0;  // unix seconds
    Chance chance{};
    Mac mac{};
    bool odd_key = false;  // of the two keys, the one whose id has an odd place in token_key_ids
};
TokenParts make_token_parts(const TokenRing& ring, WallTime expires_at, Random& random);
// Of the parts without their MAC.
TokenParts::Mac token_mac(const TokenRing& ring, const TokenParts& parts);
std::array<char, token_size> token_text(const TokenRing& ring, const TokenParts& parts);
// nullopt unless the text has a token's form with the ring's node and one of these keys; MAC not checked.
std::optional<TokenParts> token_parts(const TokenRing& ring, std::string_view token);

struct CheckedToken {
    char node;
    WallTime expires_at;  // whole seconds
};
// ticket_unknown unless one of the ring's keys made it. Says nothing about expiry: the caller compares,
// because a ticket that was scanned in time is found whatever the token's expiry.
Result<CheckedToken> check_token(const TokenRing& ring, std::string_view token);

// K7QD-M3RP: node character (upper case) and 7 of 23456789ABCDEFGHJKMNPQRSTVWXYZ.
std::string make_short_code(char node, Random& random);
// Upper case, without dash and spaces; nullopt unless 8 characters that a short code can have.
std::optional<std::string> normal_short_code(std::string_view typed);
std::string shown_short_code(std::string_view normal);  // with the dash
// Without its node character, in five octets; and back. Packs what has a normal short code's form.
using PackedShortCode = std::array<std::uint8_t, 5>;
PackedShortCode pack_short_code(std::string_view normal);
std::array<char, 8> unpack_short_code(char node, const PackedShortCode& packed);

}  // namespace qrgate
