#include "server/session_refresh.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <vector>

#include "server/clock.hpp"
#include "server/services.hpp"
#include "server/session_cache.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::milliseconds round_time{250};
// Sessions in one statement. What is done with them is done in one go, and pushes wait for that.
constexpr std::size_t read_together = 32;

}  // namespace

Task<void> SessionRefresh::run() {
    while (!stopped_) {
        co_await read_what_is_due();
        if (stopped_) break;
        bell_.expires_after(round_time);
        co_await bell_.async_wait(asio::as_tuple(use_task));
    }
}

void SessionRefresh::stop() {
    stopped_ = true;
    bell_.cancel();
}

Task<void> SessionRefresh::read_what_is_due() {
    while (!stopped_ && services_.sessions.has_due(services_.clock.now())) {
        if (!co_await read_some()) co_return;
        co_await asio::post(bell_.get_executor(), use_task);  // others first
    }
}

Task<bool> SessionRefresh::read_some() {
    const WallTime now = services_.clock.now();
    const auto reading = services_.sessions.begin(now);
    const std::vector<Digest> due = services_.sessions.take_due(now, read_together);
    if (due.empty()) co_return true;
    auto found = co_await services_.storage.find_sessions(due, SessionKind::browser, now);
    if (!found) {  // what is there lasts until its own end, and is tried again
        for (const Digest& hash : due)
            if (auto* entry = services_.sessions.find(hash, now)) entry->asked = true;
        co_return false;
    }
    for (std::size_t i = 0; i < due.size(); ++i) {
        const std::optional<Session>& session = (*found)[i];
        if (session) {
            services_.sessions.keep(SessionCache::entry_of(due[i], *session, reading), reading);
        } else {
            services_.sessions.forget(due[i]);
        }
    }
    co_return true;
}

}  // namespace qrgate
