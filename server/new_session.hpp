// New sessions and the answer of a finished browser login: the value that goes into the cookie or bearer
// token, and what storage keeps of it (its SHA-256). A login always makes a new value and ends the
// pre-session.
#pragma once

#include <optional>
#include <string>

#include "server/http.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct Services;

struct MadeSession {
    std::string value =
        {};  // 32 random octets, base64url: leaves only by Set-Cookie or in the phone's login answer
    NewSession session = {};
};

// Life by method: docs/protocol.md section 2. `request` gives browser, address and place.
MadeSession make_browser_session(Services& services, const Request& request, LoginMethod method,
                                 const Digest& pre_session_hash);
MadeSession make_phone_session(Services& services, const Request& request, const Digest& device_hash);

// 200 {redirect_to, person} with the session cookie set, the pre-session removed and the device marked.
Response logged_in(Services& services, const Request& request, const std::string& session_value,
                   const Session& session);
std::vector<std::pair<std::string, std::string>> login_cookies(Services& services, const Request& request,
                                                               const std::string& session_value,
                                                               const std::string& person_id);

// A browser whose person's level has changed since gets another session value (ASVS 5.0, 8.3.2), where a page
// is opened or the session extended: never beside other calls that still carry the old one. Best effort.
// none: nothing to set.
Task<std::optional<std::string>> renewed_session_cookie(Services& services, Request request);

// What a login takes the place of: the session this browser had before, if any, whose cookie is overwritten
// (ASVS 7.2.4), and the person's oldest ones beyond session.per_person (ASVS 7.1.2). Best effort: a session
// that could not be ended now ends when it is idle, one too many at the next login.
Task<void> end_replaced_sessions(Services& services, Request request, Session opened);

}  // namespace qrgate
