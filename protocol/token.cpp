#include "protocol/token.hpp"

#include <algorithm>

#include "protocol/utf8.hpp"

namespace qrgate {
namespace {

constexpr std::size_t random_size = 10;
constexpr std::size_t signed_size = 4 + random_size;
constexpr std::size_t mac_size = 8;
constexpr std::string_view purpose = "qrgate-token-v1";  // the key may serve other purposes too
constexpr std::string_view short_code_alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t short_code_size = 8;

constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::array<std::uint8_t, signed_size> signed_octets(std::uint32_t expiry, const TokenParts::Chance& chance) {
    std::array<std::uint8_t, signed_size> octets{};
    for (unsigned i = 0; i < 4; ++i)
        octets[i] = static_cast<std::uint8_t>(expiry >> (24 - 8 * i));
    std::copy(chance.begin(), chance.end(), octets.begin() + 4);
    return octets;
}

// Over the purpose, node, key, expiry and randomness; the first mac_size octets count.
Digest mac_of(const TokenKey& key, char node, ByteView payload) {
    std::array<std::uint8_t, purpose.size() + 2 + signed_size> message{};
    auto at = std::copy(purpose.begin(), purpose.end(), message.begin());
    *at++ = static_cast<std::uint8_t>(node);
    *at++ = static_cast<std::uint8_t>(key.id);
    std::copy(payload.begin(), payload.end(), at);
    return hmac_sha256(key.key, message);
}

const TokenKey* find_key(const TokenRing& ring, char id) {
    if (ring.current.id == id) return &ring.current;
    if (ring.previous && ring.previous->id == id) return &*ring.previous;
    if (ring.next && ring.next->id == id) return &*ring.next;
    return nullptr;
}

bool is_odd(const TokenKey& key) noexcept {
    return token_key_ids.find(key.id) % 2 != 0;
}

// A key that has left the ring is nobody's: what it made reads as another's token, and is unknown.
const TokenKey& key_of(const TokenRing& ring, bool odd) noexcept {
    return ring.previous && is_odd(ring.current) != odd ? *ring.previous : ring.current;
}

char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_node(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

std::string make_token(const TokenRing& ring, WallTime expires_at, Random& random) {
    const auto text = token_text(ring, make_token_parts(ring, expires_at, random));
    return {text.data(), text.size()};
}

TokenParts make_token_parts(const TokenRing& ring, WallTime expires_at, Random& random) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(expires_at).time_since_epoch().count();
    TokenParts parts;
    parts.expiry = static_cast<std::uint32_t>(seconds);
    parts.chance = random.bytes<random_size>();
    parts.odd_key = is_odd(ring.current);
    parts.mac = token_mac(ring, parts);
    return parts;
}

TokenParts::Mac token_mac(const TokenRing& ring, const TokenParts& parts) {
    const Digest whole =
        mac_of(key_of(ring, parts.odd_key), ring.node, signed_octets(parts.expiry, parts.chance));
    TokenParts::Mac mac{};
    std::copy_n(whole.begin(), mac_size, mac.begin());
    return mac;
}

std::array<char, token_size> token_text(const TokenRing& ring, const TokenParts& parts) {
    std::array<std::uint8_t, signed_size + mac_size> octets{};
    const auto covered = signed_octets(parts.expiry, parts.chance);
    std::copy(parts.mac.begin(), parts.mac.end(), std::copy(covered.begin(), covered.end(), octets.begin()));
    std::array<char, token_size> text{ring.node, key_of(ring, parts.odd_key).id};
    std::size_t at = 2;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const std::uint8_t octet : octets) {
        bits = bits << 8U | octet;
        for (held += 8; held >= 6; held -= 6)
            text[at++] = base64url_alphabet[bits >> (held - 6) & 63U];
    }
    text[at] = base64url_alphabet[bits << (6 - held) & 63U];
    return text;
}

std::optional<TokenParts> token_parts(const TokenRing& ring, std::string_view token) {
    if (token.size() != token_size || token[0] != ring.node) return {};
    const bool current = token[1] == ring.current.id;
    if (!current && !(ring.previous && token[1] == ring.previous->id)) return {};
    std::array<std::uint8_t, signed_size + mac_size> octets{};
    std::size_t at = 0;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : token.substr(2)) {
        const std::size_t value = base64url_alphabet.find(c);
        if (value == std::string_view::npos) return {};
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        octets[at++] = static_cast<std::uint8_t>(bits >> held);
    }
    if ((bits & ((1U << held) - 1)) != 0) return {};  // another spelling of the same octets
    TokenParts parts;
    parts.odd_key = is_odd(current ? ring.current : *ring.previous);
    for (std::size_t i = 0; i < 4; ++i)
        parts.expiry = parts.expiry << 8U | octets[i];
    std::copy_n(octets.begin() + 4, random_size, parts.chance.begin());
    std::copy_n(octets.begin() + signed_size, mac_size, parts.mac.begin());
    return parts;
}

Result<CheckedToken> check_token(const TokenRing& ring, std::string_view token) {
    if (token.size() != token_size || !is_node(token[0])) return Errc::ticket_unknown;
    const TokenKey* key = find_key(ring, token[1]);
    const auto octets = from_base64url(token.substr(2));
    if (key == nullptr || !octets || octets->size() != signed_size + mac_size) return Errc::ticket_unknown;

    const ByteView all(*octets);
    const Digest mac = mac_of(*key, token[0], all.first(signed_size));
    if (!equal_in_constant_time(ByteView(mac).first(mac_size), all.last(mac_size)))
        return Errc::ticket_unknown;
    std::uint32_t expiry = 0;
    for (const std::uint8_t octet : all.first(4))
        expiry = (expiry << 8U) | octet;
    return CheckedToken{.node = token[0], .expires_at = WallTime{std::chrono::seconds{expiry}}};
}

std::string make_short_code(char node, Random& random) {
    std::string code(1, upper(node));
    while (code.size() < short_code_size)
        code += short_code_alphabet[random.below(static_cast<std::uint32_t>(short_code_alphabet.size()))];
    return code;
}

std::optional<std::string> normal_short_code(std::string_view typed) {
    if (typed.size() > 64) return {};
    std::string code;
    for (const char c : half_width(typed))
        if (c != ' ' && c != '-') code += upper(c);
    if (code.size() != short_code_size || !is_node(code[0])) return {};
    const auto can_be = [](char c) { return short_code_alphabet.find(c) != std::string_view::npos; };
    if (!std::all_of(code.begin() + 1, code.end(), can_be)) return {};
    return code;
}

PackedShortCode pack_short_code(std::string_view normal) {
    std::uint64_t number = 0;
    for (const char c : normal.substr(1))
        number = number * short_code_alphabet.size() + short_code_alphabet.find(c);
    PackedShortCode packed{};
    for (auto octet = packed.rbegin(); octet != packed.rend(); ++octet, number >>= 8U)
        *octet = static_cast<std::uint8_t>(number);
    return packed;
}

std::array<char, 8> unpack_short_code(char node, const PackedShortCode& packed) {
    std::uint64_t number = 0;
    for (const std::uint8_t octet : packed)
        number = number << 8U | octet;
    std::array<char, short_code_size> code{upper(node)};
    for (std::size_t i = code.size() - 1; i > 0; --i, number /= short_code_alphabet.size())
        code[i] = short_code_alphabet[number % short_code_alphabet.size()];
    return code;
}

std::string shown_short_code(std::string_view normal) {
    return std::string(normal.substr(0, 4)) + "-" +
           std::string(normal.substr(std::min<std::size_t>(4, normal.size())));
}

}  // namespace qrgate
