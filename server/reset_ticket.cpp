#include "server/reset_ticket.hpp"

#include <algorithm>

namespace qrgate {

namespace {

constexpr std::chrono::minutes life{10};
constexpr std::size_t before_person = 16;

std::int64_t seconds_of(WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string make_reset_ticket(const Digest& key, std::string_view person_id, WallTime now, Random& random) {
    Bytes octets;
    auto expiry = static_cast<std::uint64_t>(seconds_of(now + life));
    for (int shift = 56; shift >= 0; shift -= 8)
        octets.push_back(static_cast<std::uint8_t>(expiry >> shift));
    auto salt = random.bytes<8>();
    octets.insert(octets.end(), salt.begin(), salt.end());
    octets.insert(octets.end(), person_id.begin(), person_id.end());
    Digest mac = hmac_sha256(key, octets);
    octets.insert(octets.end(), mac.begin(), mac.end());
    return base64url(octets);
}

std::optional<std::string> check_reset_ticket(const Digest& key, std::string_view ticket, WallTime now) {
    std::optional<Bytes> octets = from_base64url(ticket);
    if (!octets || octets->size() <= before_person + sizeof(Digest)) return std::nullopt;
    ByteView all = *octets;
    ByteView signed_part = all.first(all.size() - sizeof(Digest));
    if (!equal_in_constant_time(hmac_sha256(key, signed_part), all.last(sizeof(Digest)))) return std::nullopt;
    std::uint64_t expiry = 0;
    for (std::uint8_t octet : all.first(8))
        expiry = expiry << 8 | octet;
    if (seconds_of(now) >= static_cast<std::int64_t>(expiry)) return std::nullopt;
    return std::string(signed_part.begin() + before_person, signed_part.end());
}

}  // namespace qrgate
