// GET /api/v1/verify: whether the browser behind a reverse proxy's request is logged in, and as whom
// (docs/protocol.md section 6, docs/operating.md "In front of a platform"). Reads the session cookie and
// `level`; nothing that the proxy's client sent otherwise counts.
#include <fmt/format.h>

#include "server/answers.hpp"
#include "server/audit_notes.hpp"
#include "server/handlers/handlers.hpp"
#include "server/live_session.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "storage/names.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::string_view level_key = "level=";

// 0: none asked for. One key, written plainly: what a proxy's settings say has no second spelling.
Result<int> asked_level(std::string_view query) {
    if (query.empty()) return 0;
    const bool plain = query.size() == level_key.size() + 1 && query.starts_with(level_key) &&
                       query.back() >= '1' && query.back() <= '3';
    if (!plain) return Errc::bad_request;
    return query.back() - '0';
}

void fill(Response& response, const SessionCache::Entry& session) {
    response.status = 204;
    response.headers.reserve(3);
    response.headers.emplace_back("X-Auth-Person", session.person_id);
    response.headers.emplace_back("X-Auth-Level", std::string(1, static_cast<char>('0' + session.level)));
    response.headers.emplace_back("X-Auth-Method", name_of(session.method));
}

// Only the good answer of a session that was read a moment ago; all else goes the long way.
bool verify_at_once(Services& services, const RequestView& request, Response& response) {
    const auto level = asked_level(request.query);
    if (!level || !request.body.empty()) return false;
    const auto* session = live_session_at_once(services, request.header("cookie"), request.secure);
    if (session == nullptr || session->level < *level) return false;
    fill(response, *session);
    return true;
}

Task<Outcome> verify(Services& services, Request request) {
    const auto level = asked_level(request.query);
    if (!level) co_return level.error();
    auto session = co_await live_session(services, std::string(request.header("cookie")), request.secure);
    if (!session) co_return session.error();
    if (session->level < *level) {
        note_level_too_low(services, session->person_id, "verify", {request.address, request.request_id});
        co_return Errc::level_too_low;
    }
    Response response;
    fill(response, *session);
    co_return response;
}

}  // namespace

void add_verify_routes(Router& router, Services& services) {
    router.add(Method::get, "/api/v1/verify", answered(services, verify),
               [&services](const RequestView& request, Response& response) {
                   return verify_at_once(services, request, response);
               });
}

}  // namespace qrgate
