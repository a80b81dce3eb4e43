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

// Over the purpose, node, key, expiry and randomness; the first mac_size octets count.
Digest mac_of(const TokenKey& key, char node, ByteView payload) {
    Bytes message(purpose.begin(), purpose.end());
    message.push_back(static_cast<std::uint8_t>(node));
    message.push_back(static_cast<std::uint8_t>(key.id));
    message.insert(message.end(), payload.begin(), payload.end());
    return hmac_sha256(key.key, message);
}

const TokenKey* find_key(const TokenRing& ring, char id) {
    if (ring.current.id == id) return &ring.current;
    if (ring.previous && ring.previous->id == id) return &*ring.previous;
    return nullptr;
}

char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_node(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

std::string make_token(const TokenRing& ring, WallTime expires_at, Random& random) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(expires_at).time_since_epoch().count();
    const auto expiry = static_cast<std::uint32_t>(seconds);
    Bytes octets;
    octets.reserve(signed_size + mac_size);
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        octets.push_back(static_cast<std::uint8_t>(expiry >> shift));
    const auto chance = random.bytes<random_size>();
    octets.insert(octets.end(), chance.begin(), chance.end());
    const Digest mac = mac_of(ring.current, ring.node, octets);
    octets.insert(octets.end(), mac.begin(), mac.begin() + mac_size);
    return std::string{ring.node, ring.current.id} + base64url(octets);
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

std::string shown_short_code(std::string_view normal) {
    return std::string(normal.substr(0, 4)) + "-" +
           std::string(normal.substr(std::min<std::size_t>(4, normal.size())));
}

}  // namespace qrgate
