// Password hashes of other systems: how they are written in an import (docs/operating.md, "Import"), how they
// are stored, and how they are checked. Stored form: `legacy:FORM:VALUE`, until the owner's first login makes
// it ours. Nothing is computed here by ourselves: bcrypt and $7$ by libxcrypt, Argon2 by libsodium, PBKDF2
// (RFC 8018), scrypt (RFC 7914), SHA-256 and SM3 (GB/T 32905) by OpenSSL. Pure; any thread; checking blocks
// for as long as the hash costs. Invariant: a hash beyond the bounds in legacy_hash.cpp is never computed,
// neither at import nor at login.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/bytes.hpp"

namespace qrgate {

enum class LegacyDigest : std::uint8_t { sha1, sha256, sha512, sm3 };

// What libxcrypt reads itself: the whole string.
struct CryptHash {
    std::string text = {};
};
struct Argon2Hash {
    std::string text = {};
};
struct Pbkdf2Hash {
    LegacyDigest digest = LegacyDigest::sha256;
    int iterations = 1;
    Bytes salt = {};
    Bytes hash = {};
};
struct ScryptHash {
    std::uint64_t n = 2;
    std::uint64_t r = 1;
    std::uint64_t p = 1;
    Bytes salt = {};
    Bytes hash = {};
};
struct SaltedHash {
    LegacyDigest digest = LegacyDigest::sha256;
    bool salt_last = false;
    Bytes salt = {};
    Bytes hash = {};
};
using LegacyHash = std::variant<CryptHash, Argon2Hash, Pbkdf2Hash, ScryptHash, SaltedHash>;

// One hash of an import. `fault` says what is wrong, without repeating any of it; empty: `stored` is good.
struct ImportedHash {
    std::string stored = {};
    std::string_view fault = {};
};
ImportedHash read_imported_hash(std::string_view given);

bool is_legacy_hash(std::string_view stored) noexcept;
// Whether the password is the one of this stored legacy form; no for what is no legacy form.
bool check_legacy_hash(std::string_view stored, const std::string& password);

// Private to legacy_hash.cpp and legacy_hash_check.cpp.
struct ReadLegacyHash {
    std::string_view form = {};
    LegacyHash hash = {};
    std::string_view fault = {};
};
ReadLegacyHash read_legacy_hash(std::string_view value);

}  // namespace qrgate
