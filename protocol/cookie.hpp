// Cookies (RFC 6265): reading the request's, writing ours, and the pre-session's self-authenticating value.
// Names: over https __Host-qrgate-pre, __Host-qrgate-session, __Host-qrgate-device; over http without the
// prefix. Attributes: HttpOnly; SameSite=Lax; Path=/ and Secure over https; no Domain. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"
#include "protocol/time.hpp"

namespace qrgate {

enum class CookieName : unsigned char { pre_session, session, device };
std::string cookie_name(CookieName name, bool secure);

// The value of a cookie in a Cookie header; nullopt when absent; the first wins.
std::optional<std::string> read_cookie(std::string_view header, std::string_view name);
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);  // within it

// A whole Set-Cookie value. `max_age` none: ends with the browser. Zero: removes it.
std::string set_cookie(CookieName name, std::string_view value, bool secure,
                       std::optional<std::chrono::seconds> max_age = {});

// The pre-session: base64url(32 random octets ‖ issue time, 8 octets ‖ HMAC-SHA-256 of both under `key`).
// Valid within 24 h of its issue. Forged, old or unknown ones are replaced, never adopted.
std::string make_pre_session(ByteView key, WallTime now, Random& random);
bool is_pre_session(ByteView key, std::string_view value, WallTime now);

// The device cookie: base64url(16 random octets ‖ HMAC): marks a browser that has logged in before; no
// identity in it.
std::string make_device(ByteView key, Random& random);
bool is_device(ByteView key, std::string_view value);

}  // namespace qrgate
