#include "server/session_watch.hpp"

#include <algorithm>

#include "protocol/cookie.hpp"
#include "server/cancelled_tickets.hpp"
#include "server/clock.hpp"
#include "server/services.hpp"
#include "server/session_cache.hpp"
#include "server/ticket_watch.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int most_looks = 3;

Digest sessions_of(const std::string& person_id) {
    return sha256(as_bytes("sessions:" + person_id));
}

// By id, not by cookie: a change of password gives the session another value, and it goes on.
Task<Result<void>> still_there(Services& services, std::string person_id, std::string session_id) {
    auto live = co_await services.storage.list_sessions(std::move(person_id), SessionKind::browser,
                                                        services.clock.now());
    if (!live) co_return live.error();
    if (std::ranges::none_of(*live, [&](const Session& row) { return row.id == session_id; }))
        co_return Errc::session_missing;
    co_return Result<void>();
}

}  // namespace

void sessions_changed(Services& services, const std::string& person_id) {
    services.sessions.ended(person_id);
    services.watch.changed(sessions_of(person_id));
    tell_of_cancelled_tickets(services);
}

void anyones_sessions_changed(Services& services) {
    services.sessions.anyone_ended();
    services.watch.anything_changed();
    tell_of_cancelled_tickets(services);
}

Task<Result<void>> watch_session(Services& services, std::string cookie_header, bool secure,
                                 std::chrono::seconds at_most) {
    std::optional<std::string> value = read_cookie(cookie_header, cookie_name(CookieName::session, secure));
    if (!value || value->empty()) co_return Errc::session_missing;
    std::uint64_t before = services.watch.changes();
    Digest hash = sha256(as_bytes(*value));
    auto session = co_await services.storage.find_session(hash, SessionKind::browser, services.clock.now());
    if (!session) co_return session.error();
    if (!*session) co_return Errc::session_missing;
    std::string person_id = (*session)->person_id;
    std::string id = (*session)->id;
    // An end that was told while we read is told to nobody: look again until nothing was.
    for (int looks = 1; looks < most_looks && services.watch.changes() != before; ++looks) {
        before = services.watch.changes();
        auto there = co_await still_there(services, person_id, id);
        if (!there) co_return there.error();
    }
    co_await services.watch.wait(sessions_of(person_id), at_most);
    co_return co_await still_there(services, person_id, id);
}

}  // namespace qrgate
