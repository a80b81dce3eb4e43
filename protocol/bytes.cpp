#include "protocol/bytes.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "protocol/utf8.hpp"

namespace qrgate {
namespace {

constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view hex_alphabet = "0123456789abcdef";
constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> digits_of(std::string_view alphabet) {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return digits;
}
constexpr auto base64url_digits = digits_of(base64url_alphabet);
constexpr auto hex_digits = digits_of(hex_alphabet);

std::uint8_t digit(const std::array<std::uint8_t, 256>& digits, char c) {
    return digits[static_cast<unsigned char>(c)];
}

struct FreeDigest {
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

// Fetched once: EVP_sha256() and HMAC() look it up among the providers at every use.
const EVP_MD* sha256_digest() {
    static const std::unique_ptr<EVP_MD, FreeDigest> digest(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    return digest.get();
}

// One of each thread, used for one digest after the other.
EVP_MD_CTX* thread_context() {
    static thread_local const DigestContext context(EVP_MD_CTX_new());
    return context.get();
}

Digest sha256_of(ByteView first, ByteView second) {
    EVP_MD_CTX* context = thread_context();
    Digest digest{};
    if (context == nullptr || EVP_DigestInit_ex2(context, sha256_digest(), nullptr) != 1 ||
        EVP_DigestUpdate(context, first.data(), first.size()) != 1 ||
        EVP_DigestUpdate(context, second.data(), second.size()) != 1 ||
        EVP_DigestFinal_ex(context, digest.data(), nullptr) != 1)
        throw std::runtime_error("SHA-256 is not available");
    return digest;
}

constexpr std::size_t sha256_block = 64;

}  // namespace

std::string base64url(ByteView bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const std::uint8_t octet : bytes) {
        pending = (pending << 8U) | octet;
        for (bits += 8; bits >= 6; bits -= 6)
            text += base64url_alphabet[(pending >> (bits - 6)) & 0x3FU];
    }
    if (bits > 0) text += base64url_alphabet[(pending << (6 - bits)) & 0x3FU];
    return text;
}

std::optional<Bytes> from_base64url(std::string_view text) {
    if (text.size() % 4 == 1) return {};
    Bytes bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::uint8_t value = digit(base64url_digits, c);
        if (value == no_digit) return {};
        pending = (pending << 6U) | value;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push_back(static_cast<std::uint8_t>(pending >> bits));
    }
    // One value has one spelling: the bits that are left over must be zero.
    if ((pending & ((1U << bits) - 1U)) != 0) return {};
    return bytes;
}

std::string hex(ByteView bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t octet : bytes) {
        text += hex_alphabet[octet >> 4U];
        text += hex_alphabet[octet & 0x0FU];
    }
    return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return {};
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::uint8_t high = digit(hex_digits, text[i]);
        const std::uint8_t low = digit(hex_digits, text[i + 1]);
        if (high == no_digit || low == no_digit) return {};
        bytes.push_back(static_cast<std::uint8_t>((high << 4U) | low));
    }
    return bytes;
}

Digest sha256(ByteView bytes) {
    return sha256_of(bytes, {});
}

// RFC 2104, of two digests: OpenSSL's own is looked up, made and freed at every call, which costs more than
// the digests.
Digest hmac_sha256(ByteView key, ByteView message) {
    std::array<std::uint8_t, sha256_block> pad{};
    if (key.size() > pad.size()) {
        const Digest shorter = sha256(key);
        std::ranges::copy(shorter, pad.begin());
    } else {
        std::ranges::copy(key, pad.begin());
    }
    for (std::uint8_t& octet : pad)
        octet ^= 0x36U;
    const Digest inner = sha256_of(pad, message);
    for (std::uint8_t& octet : pad)
        octet ^= 0x36U ^ 0x5CU;
    const Digest outer = sha256_of(pad, inner);
    wipe(pad);
    return outer;
}

bool equal_in_constant_time(ByteView a, ByteView b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<std::uint8_t> secret) noexcept {
    OPENSSL_cleanse(secret.data(), secret.size());
}

void wipe(std::string& secret) noexcept {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

bool is_clean_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const auto point = code_point_at(text, at);
        if (!point || point->value == 0) return false;
        at += point->size;
    }
    return true;
}

}  // namespace qrgate
