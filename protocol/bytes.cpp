#include "protocol/bytes.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

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

struct Free {
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// Looked up among the providers once, and each thread keeps its contexts: EVP_sha256() and HMAC() do both at
// every call, which takes longer than the hashing itself.
const EVP_MD* fetched_sha256() {
    static const std::unique_ptr<EVP_MD, Free> digest(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    return digest.get();
}

std::unique_ptr<EVP_MAC_CTX, Free> new_hmac_context() {
    static const std::unique_ptr<EVP_MAC, Free> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    std::unique_ptr<EVP_MAC_CTX, Free> context(hmac ? EVP_MAC_CTX_new(hmac.get()) : nullptr);
    char name[] = "SHA256";
    const OSSL_PARAM settings[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                   OSSL_PARAM_construct_end()};
    if (context && EVP_MAC_CTX_set_params(context.get(), settings) != 1) context.reset();
    return context;
}

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
    thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    Digest digest{};
    if (!context || EVP_DigestInit_ex2(context.get(), fetched_sha256(), nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1)
        throw std::runtime_error("SHA-256 is not available");
    return digest;
}

Digest hmac_sha256(ByteView key, ByteView message) {
    thread_local const std::unique_ptr<EVP_MAC_CTX, Free> context = new_hmac_context();
    Digest digest{};
    std::size_t size = 0;
    // OpenSSL takes a null key as "the one before", also for an empty one.
    static constexpr std::uint8_t empty = 0;
    const std::uint8_t* key_data = key.empty() ? &empty : key.data();
    if (!context || EVP_MAC_init(context.get(), key_data, key.size(), nullptr) != 1 ||
        EVP_MAC_update(context.get(), message.data(), message.size()) != 1 ||
        EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) != 1)
        throw std::runtime_error("HMAC-SHA-256 is not available");
    return digest;
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
