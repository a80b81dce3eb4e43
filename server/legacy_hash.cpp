#include "server/legacy_hash.hpp"

#include <crypt.h>
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace qrgate {

namespace {

constexpr std::string_view tag = "legacy:";
constexpr std::size_t longest = 512;

// What one check may cost: about a second and 64 MiB. More is a weapon against whoever checks it.
constexpr int most_bcrypt_cost = 14;
constexpr int most_iterations = 2'000'000;
constexpr std::uint64_t most_memory = 64ULL << 20;
constexpr std::uint64_t most_scrypt_work = 1ULL << 21;  // N·r·p
constexpr std::uint64_t most_argon2_work = 1ULL << 20;  // KiB · passes
constexpr std::uint64_t most_lanes = 16;
constexpr std::size_t least_hash = 16;
constexpr std::size_t most_hash = 64;

constexpr std::string_view unknown = "is no form of password hash that docs/operating.md lists";
constexpr std::string_view damaged = "is damaged: a part is missing, too long or not in its alphabet";
constexpr std::string_view too_costly = "would cost more to check than is allowed (docs/operating.md)";

ReadLegacyHash faulty(std::string_view fault) {
    return {.fault = fault};
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    for (std::size_t from = 0;;) {
        const std::size_t end = text.find(at, from);
        parts.push_back(text.substr(from, end - from));
        if (end == std::string_view::npos) return parts;
        from = end + 1;
    }
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool leading_zero = text.size() > 1 && text.front() == '0';
    if (fault != std::errc{} || end != text.data() + text.size() || leading_zero) return std::nullopt;
    return value;
}

// `ln=16` of `ln=16,r=8,p=1`.
std::optional<std::uint64_t> named(std::string_view part, std::string_view name) {
    if (!part.starts_with(name) || part.size() <= name.size() || part[name.size()] != '=')
        return std::nullopt;
    return number(part.substr(name.size() + 1));
}

std::optional<Bytes> base64(std::string_view text, int variant) {
    Bytes out(text.size());
    std::size_t size = 0;
    if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, nullptr,
                          variant) != 0)
        return std::nullopt;
    out.resize(size);
    return out;
}

// passlib's own alphabet: a dot where others have a plus.
std::optional<Bytes> adapted_base64(std::string_view text) {
    std::string usual(text);
    std::ranges::replace(usual, '.', '+');
    return base64(usual, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

bool is_hash_size(std::size_t size) {
    return size >= least_hash && size <= most_hash;
}

Bytes octets(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}

// --- bcrypt: $2b$12$ and 53 characters

ReadLegacyHash read_bcrypt(std::string_view value) {
    if (value.size() != 60 || value[6] != '$') return faulty(damaged);
    const std::string_view cost = value.substr(4, 2);
    int log = 0;
    const auto [end, fault] = std::from_chars(cost.data(), cost.data() + cost.size(), log);
    if (fault != std::errc{} || end != cost.data() + cost.size() || log < 4) return faulty(damaged);
    if (log > most_bcrypt_cost) return faulty(too_costly);
    const bool in_alphabet = std::ranges::all_of(value.substr(7), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '/';
    });
    std::string text(value);
    if (!in_alphabet || crypt_checksalt(text.c_str()) == CRYPT_SALT_INVALID) return faulty(damaged);
    return {.form = "bcrypt", .hash = CryptHash{std::move(text)}};
}

// --- scrypt

bool is_scrypt_allowed(std::uint64_t n, std::uint64_t r, std::uint64_t p) {
    // Each is bounded before they are multiplied.
    return n <= most_scrypt_work && r <= most_scrypt_work && p <= most_scrypt_work &&
           n * r <= most_memory / 128 && n * r * p <= most_scrypt_work && r * p < (1U << 30);
}

ReadLegacyHash scrypt(std::uint64_t n, std::uint64_t r, std::uint64_t p, std::optional<Bytes> salt,
                      std::optional<Bytes> hash) {
    if (!salt || !hash || !is_hash_size(hash->size())) return faulty(damaged);
    if (n < 2 || (n & (n - 1)) != 0 || r == 0 || p == 0) return faulty(damaged);
    if (!is_scrypt_allowed(n, r, p)) return faulty(too_costly);
    return {.form = "scrypt",
            .hash = ScryptHash{.n = n, .r = r, .p = p, .salt = std::move(*salt), .hash = std::move(*hash)}};
}

// passlib: $scrypt$ln=16,r=8,p=1$salt$hash
ReadLegacyHash read_passlib_scrypt(std::string_view value) {
    const auto parts = split(value, '$');
    if (parts.size() != 5) return faulty(damaged);
    const auto costs = split(parts[2], ',');
    if (costs.size() != 3) return faulty(damaged);
    const auto log = named(costs[0], "ln");
    const auto r = named(costs[1], "r");
    const auto p = named(costs[2], "p");
    if (!log || !r || !p) return faulty(damaged);
    if (*log > 62) return faulty(too_costly);
    const int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    return scrypt(1ULL << *log, *r, *p, base64(parts[3], variant), base64(parts[4], variant));
}

// Django: scrypt$16384$salt$8$1$hash
ReadLegacyHash read_django_scrypt(std::string_view value) {
    const auto parts = split(value, '$');
    if (parts.size() != 6) return faulty(damaged);
    const auto n = number(parts[1]);
    const auto r = number(parts[3]);
    const auto p = number(parts[4]);
    if (!n || !r || !p) return faulty(damaged);
    return scrypt(*n, *r, *p, octets(parts[2]), base64(parts[5], sodium_base64_VARIANT_ORIGINAL));
}

// crypt(5): $7$, one character log2 N, five r, five p (low six bits first), salt, $, 43 characters.
ReadLegacyHash read_crypt_scrypt(std::string_view value) {
    constexpr std::string_view alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const std::size_t last = value.rfind('$');
    if (last < 14 || value.size() - last - 1 != 43) return faulty(damaged);
    for (const char c : value.substr(3, 11))
        if (alphabet.find(c) == std::string_view::npos) return faulty(damaged);
    const auto little = [&](std::size_t from) {
        std::uint64_t sum = 0;
        for (std::size_t i = 5; i > 0; --i)
            sum = sum << 6 | alphabet.find(value[from + i - 1]);
        return sum;
    };
    const std::uint64_t log = alphabet.find(value[3]);
    const std::uint64_t r = little(4);
    const std::uint64_t p = little(9);
    if (log < 1 || r == 0 || p == 0) return faulty(damaged);
    if (log > 62 || !is_scrypt_allowed(1ULL << log, r, p)) return faulty(too_costly);
    std::string text(value);
    if (crypt_checksalt(text.c_str()) == CRYPT_SALT_INVALID) return faulty(damaged);
    return {.form = "scrypt", .hash = CryptHash{std::move(text)}};
}

// --- Argon2: $argon2id$v=19$m=65536,t=3,p=4$salt$hash

ReadLegacyHash read_argon2(std::string_view value) {
    const auto parts = split(value, '$');
    if (parts.size() != 6) return faulty(damaged);
    if (parts[2] != "v=19") return faulty("is Argon2 of another version than 19 (1.3)");
    const auto costs = split(parts[3], ',');
    if (costs.size() != 3) return faulty(damaged);
    const auto memory = named(costs[0], "m");
    const auto passes = named(costs[1], "t");
    const auto lanes = named(costs[2], "p");
    const int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    const auto salt = base64(parts[4], variant);
    const auto hash = base64(parts[5], variant);
    if (!memory || !passes || !lanes || !salt || !hash) return faulty(damaged);
    if (salt->size() < 8 || !is_hash_size(hash->size())) return faulty(damaged);
    if (*lanes == 0 || *passes == 0 || *memory < 8 * *lanes) return faulty(damaged);
    if (*memory > most_memory / 1024 || *passes > most_argon2_work || *lanes > most_lanes ||
        *memory * *passes > most_argon2_work)
        return faulty(too_costly);
    return {.form = "argon2", .hash = Argon2Hash{std::string(value)}};
}

// --- PBKDF2

ReadLegacyHash pbkdf2(LegacyDigest digest, std::string_view iterations, std::optional<Bytes> salt,
                      std::optional<Bytes> hash) {
    const auto count = number(iterations);
    if (!count || *count == 0 || !salt || !hash || !is_hash_size(hash->size())) return faulty(damaged);
    if (*count > most_iterations) return faulty(too_costly);
    return {.form = "pbkdf2",
            .hash = Pbkdf2Hash{.digest = digest,
                               .iterations = static_cast<int>(*count),
                               .salt = std::move(*salt),
                               .hash = std::move(*hash)}};
}

// passlib: $pbkdf2-sha256$29000$salt$hash
ReadLegacyHash read_passlib_pbkdf2(std::string_view value) {
    const auto parts = split(value, '$');
    if (parts.size() != 5) return faulty(damaged);
    std::optional<LegacyDigest> digest;
    if (parts[1] == "pbkdf2") digest = LegacyDigest::sha1;
    if (parts[1] == "pbkdf2-sha256") digest = LegacyDigest::sha256;
    if (parts[1] == "pbkdf2-sha512") digest = LegacyDigest::sha512;
    if (!digest) return faulty(unknown);
    return pbkdf2(*digest, parts[2], adapted_base64(parts[3]), adapted_base64(parts[4]));
}

// Django: pbkdf2_sha256$260000$salt$hash
ReadLegacyHash read_django_pbkdf2(std::string_view value) {
    const auto parts = split(value, '$');
    if (parts.size() != 4) return faulty(damaged);
    std::optional<LegacyDigest> digest;
    if (parts[0] == "pbkdf2_sha1") digest = LegacyDigest::sha1;
    if (parts[0] == "pbkdf2_sha256") digest = LegacyDigest::sha256;
    if (!digest) return faulty(unknown);
    return pbkdf2(*digest, parts[1], octets(parts[2]), base64(parts[3], sodium_base64_VARIANT_ORIGINAL));
}

// --- one digest over salt and password: sha256$salt$hex, sha256-salt-last$salt$hex, and the same with sm3

ReadLegacyHash read_salted(std::string_view value, std::string_view form, LegacyDigest digest) {
    constexpr std::string_view hex_mark = "hex:";
    const auto parts = split(value, '$');
    if (parts.size() != 3) return faulty(damaged);
    const std::string_view order = parts[0].substr(form.size());
    if (!order.empty() && order != "-salt-last") return faulty(unknown);
    std::optional<Bytes> salt = octets(parts[1]);
    if (parts[1].starts_with(hex_mark)) salt = from_hex(parts[1].substr(hex_mark.size()));
    std::string lower(parts[2]);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    auto hash = from_hex(lower);
    if (!salt || !hash || hash->size() != std::tuple_size_v<Digest>) return faulty(damaged);
    return {.form = form,
            .hash = SaltedHash{.digest = digest,
                               .salt_last = !order.empty(),
                               .salt = std::move(*salt),
                               .hash = std::move(*hash)}};
}

// Django writes the method in front of strings that name it already.
std::string_view without_django_prefix(std::string_view value) {
    if (value.starts_with("argon2$argon2")) return value.substr(6);
    if (value.starts_with("bcrypt$$2")) return value.substr(7);
    return value;
}

}  // namespace

ReadLegacyHash read_legacy_hash(std::string_view value) {
    if (value.size() > longest) return faulty("is too long");
    const auto is = [value](std::string_view front) { return value.starts_with(front); };
    if (is("$2a$") || is("$2b$") || is("$2y$")) return read_bcrypt(value);
    if (is("$argon2id$") || is("$argon2i$")) return read_argon2(value);
    if (is("$argon2d$")) return faulty("is Argon2d, which is not for passwords and cannot be checked here");
    if (is("$pbkdf2")) return read_passlib_pbkdf2(value);
    if (is("pbkdf2_")) return read_django_pbkdf2(value);
    if (is("$scrypt$")) return read_passlib_scrypt(value);
    if (is("scrypt$")) return read_django_scrypt(value);
    if (is("$7$")) return read_crypt_scrypt(value);
    if (is("sha256")) return read_salted(value, "sha256", LegacyDigest::sha256);
    if (is("sm3")) return read_salted(value, "sm3", LegacyDigest::sm3);
    return faulty(unknown);
}

ImportedHash read_imported_hash(std::string_view given) {
    const std::string_view value = without_django_prefix(given);
    const ReadLegacyHash read = read_legacy_hash(value);
    if (!read.fault.empty()) return {.fault = read.fault};
    return {.stored = fmt::format("{}{}:{}", tag, read.form, value)};
}

bool is_legacy_hash(std::string_view stored) noexcept {
    return stored.starts_with(tag);
}

}  // namespace qrgate
