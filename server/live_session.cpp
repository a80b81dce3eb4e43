#include "server/live_session.hpp"

#include <algorithm>

#include "protocol/cookie.hpp"
#include "server/clock.hpp"
#include "server/services.hpp"
#include "server/task_group.hpp"
#include "storage/names.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t value_size = 43;  // 32 octets, base64url

Task<void> write_use(Services& services, Digest hash) {
    const WallTime now = services.clock.now();
    const auto reading = services.sessions.begin(now);
    auto used = co_await services.storage.use_session(hash, SessionKind::browser, now);
    if (used && !*used) services.sessions.forget(hash);  // ended on another node meanwhile
    if (used && *used) {
        auto entry = SessionCache::entry_of(hash, **used, reading);
        entry.use_due_at = now + use_written_every;
        services.sessions.keep(std::move(entry), reading);
    }
    SessionCache::Entry* entry = used ? nullptr : services.sessions.find(hash, now);
    if (entry) entry->use_due_at = now + SessionCache::life;  // it failed: soon again
}

}  // namespace

std::optional<Digest> session_hash(std::string_view cookie_header, bool secure) {
    static const std::string names[] = {cookie_name(CookieName::session, false),
                                        cookie_name(CookieName::session, true)};
    const auto value = find_cookie(cookie_header, names[secure ? 1 : 0]);
    const auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
               c == '_';
    };
    if (!value || value->size() != value_size || !std::ranges::all_of(*value, plain)) return std::nullopt;
    return sha256(as_bytes(*value));
}

const SessionCache::Entry* live_session_at_once(Services& services, std::string_view cookie_header,
                                                bool secure) {
    const auto hash = session_hash(cookie_header, secure);
    if (!hash) return nullptr;
    const WallTime now = services.clock.now();
    SessionCache::Entry* entry = services.sessions.find(*hash, now);
    if (entry == nullptr) return nullptr;
    entry->asked = true;
    if (now < entry->use_due_at) return entry;
    // One at a time. Spawning runs its first steps at once, and they may change the cache.
    entry->use_due_at = now + use_written_every;
    services.tasks.spawn("session_use", write_use(services, *hash));
    return services.sessions.find(*hash, now);
}

Task<Result<SessionCache::Entry>> live_session(Services& services, std::string cookie_header, bool secure) {
    const auto hash = session_hash(cookie_header, secure);
    if (!hash) co_return Errc::session_missing;
    if (const auto* known = live_session_at_once(services, cookie_header, secure)) co_return *known;
    const WallTime now = services.clock.now();
    const auto reading = services.sessions.begin(now);
    auto session = co_await services.storage.find_session(*hash, SessionKind::browser, now);
    if (!session) co_return session.error();
    if (!*session) co_return Errc::session_missing;
    SessionCache::Entry found = SessionCache::entry_of(*hash, **session, reading);
    const bool due = now >= found.use_due_at;
    if (due) found.use_due_at = now + use_written_every;
    services.sessions.keep(found, reading);
    if (due) services.tasks.spawn("session_use", write_use(services, *hash));
    co_return found;
}

}  // namespace qrgate
