#include "protocol/cookie.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace qrgate {
namespace {

constexpr std::size_t secret_size = 32;
constexpr std::size_t time_size = 8;
constexpr std::size_t device_size = 16;
constexpr std::chrono::hours pre_session_life{24};

// The purpose is part of what is authenticated, so that one kind of value never passes for another.
Digest mac_of(ByteView key, std::string_view purpose, ByteView value) {
    Bytes message(purpose.begin(), purpose.end());
    message.insert(message.end(), value.begin(), value.end());
    return hmac_sha256(key, message);
}
constexpr std::string_view pre_session_purpose = "qrgate-pre-session-v1";
constexpr std::string_view device_purpose = "qrgate-device-v1";

std::string sealed(ByteView key, std::string_view purpose, Bytes value) {
    const Digest mac = mac_of(key, purpose, value);
    value.insert(value.end(), mac.begin(), mac.end());
    return base64url(value);
}

// What `sealed` was given; nullopt for anything it did not make with this key and purpose.
std::optional<Bytes> opened(ByteView key, std::string_view purpose, std::string_view text, std::size_t size) {
    const std::size_t whole = size + Digest{}.size();
    if (text.size() != (whole * 4 + 2) / 3) return {};
    auto value = from_base64url(text);
    if (!value || value->size() != whole) return {};
    const ByteView all(*value);
    if (!equal_in_constant_time(mac_of(key, purpose, all.first(size)), all.subspan(size))) return {};
    value->resize(size);
    return value;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

}  // namespace

std::string cookie_name(CookieName name, bool secure) {
    constexpr std::array<std::string_view, 3> names{"qrgate-pre", "qrgate-session", "qrgate-device"};
    return std::string(secure ? "__Host-" : "") + std::string(names[static_cast<std::size_t>(name)]);
}

std::optional<std::string> read_cookie(std::string_view header, std::string_view name) {
    const auto found = find_cookie(header, name);
    return found ? std::optional<std::string>(*found) : std::nullopt;
}

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const auto end = std::min(header.find(';'), header.size());
        const auto pair = trimmed(header.substr(0, end));
        header.remove_prefix(std::min(end + 1, header.size()));
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos) continue;
        if (trimmed(pair.substr(0, equals)) == name) return trimmed(pair.substr(equals + 1));
    }
    return {};
}

std::string set_cookie(CookieName name, std::string_view value, bool secure,
                       std::optional<std::chrono::seconds> max_age) {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}{}", cookie_name(name, secure), value,
                       secure ? "; Secure" : "",
                       max_age ? fmt::format("; Max-Age={}", max_age->count()) : "");
}

std::string make_pre_session(ByteView key, WallTime now, Random& random) {
    const auto secret = random.bytes<secret_size>();
    Bytes value(secret.begin(), secret.end());
    const auto issued = static_cast<std::uint64_t>(now.time_since_epoch().count());
    for (unsigned shift = 64; shift > 0; shift -= 8)
        value.push_back(static_cast<std::uint8_t>(issued >> (shift - 8)));
    return sealed(key, pre_session_purpose, std::move(value));
}

bool is_pre_session(ByteView key, std::string_view value, WallTime now) {
    const auto octets = opened(key, pre_session_purpose, value, secret_size + time_size);
    if (!octets) return false;
    std::uint64_t count = 0;
    for (const std::uint8_t octet : ByteView(*octets).last(time_size))
        count = (count << 8U) | octet;
    const WallTime issued{std::chrono::microseconds{static_cast<std::int64_t>(count)}};
    // From the future: a clock was put back meanwhile. The MAC says that it is ours, and whoever confirmed it
    // on the phone must not lose the login.
    return issued < now + pre_session_life && now < issued + pre_session_life;
}

std::string make_device(ByteView key, Random& random) {
    const auto chance = random.bytes<device_size>();
    return sealed(key, device_purpose, Bytes(chance.begin(), chance.end()));
}

bool is_device(ByteView key, std::string_view value) {
    return opened(key, device_purpose, value, device_size).has_value();
}

}  // namespace qrgate
