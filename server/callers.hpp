// Who is calling: the pre-session of a browser, its session, a phone's session; and whether a request comes
// from our own pages. The rules are docs/protocol.md section 2 ("Origin") and section 1 ("pre-session").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "server/http.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct Services;

// Origin equal to ours; absent: a Referer of ours, or no cookies at all. null and foreign are refused.
bool comes_from_us(const Services& services, const Request& request);
bool comes_from_us(const Services& services, const RequestView& request);
// For /api/v1/phone/*: reads no cookies and takes a missing Origin, but no foreign one.
bool may_be_a_phone(const Services& services, const Request& request);

struct PreSession {
    std::string value = {};
    Digest hash{};
    bool fresh = false;  // made for this answer: its cookie must be set
};
std::optional<PreSession> pre_session_of(const Services& services, const Request& request);
PreSession pre_session_or_new(Services& services, const Request& request);
std::string pre_session_cookie(const Request& request, const PreSession& pre_session);

// session_missing.
Task<Result<Session>> browser_session(Services& services, std::string cookie_header, bool secure);
// token_missing.
Task<Result<Session>> phone_session(Services& services, std::string authorization);

// The device cookie as it came; is_known_device says whether it marks a browser that this person has logged
// in with before. It is bound to the person by its MAC alone, so it holds no identity and helps against
// nobody else.
std::optional<std::string> device_cookie(const Request& request);
bool is_known_device(const Services& services, const std::optional<std::string>& cookie,
                     std::string_view person_id);
std::string new_device_cookie(Services& services, std::string_view person_id);

Trace trace_of(const Request& request);
BrowserContext browser_context(const Services& services, const Request& request);

// Where a login ends: the `to` of this call, or of the login page that asked (from its Referer), if it is in
// the configured list.
std::string redirect_target(const Services& services, const Request& request);

}  // namespace qrgate
