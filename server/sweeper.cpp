#include "server/sweeper.hpp"

#include <boost/asio/as_tuple.hpp>

#include "server/clock.hpp"
#include "server/due.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "server/services.hpp"
#include "server/session_cache.hpp"
#include "server/session_watch.hpp"
#include "server/ticket_watch.hpp"
#include "server/waiting_room.hpp"
#include "server/workers.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::seconds round_time{1};
constexpr std::chrono::minutes between_purges{10};
constexpr int tickets_a_round = 200;
constexpr int levels_a_round = 50;
// Nobody waits for it: a session whose time is over is refused to the moment, by the clock.
constexpr std::chrono::seconds between_session_rounds{60};
// Together several times what a node logs in in a second.
constexpr int sessions_a_statement = 500;
constexpr int statements_a_round = 8;

}  // namespace

Sweeper::Sweeper(const Executor& executor, Services& services, const Workers& hashing, const Workers& signing)
    : services_(services),
      hashing_(hashing),
      signing_(signing),
      bell_(executor),
      ended_elsewhere_(services.sessions.elsewhere()) {}

Task<void> Sweeper::run() {
    while (!stopped_) {
        co_await end_tickets();
        co_await end_levels();
        co_await tell_of_ends();
        also_();
        co_await end_sessions_sometimes();
        co_await purge_sometimes();
        set_gauges();
        if (stopped_) break;
        bell_.expires_after(round_time);
        co_await bell_.async_wait(asio::as_tuple(use_task));
    }
}

void Sweeper::look_at_the_time() {
    bell_.cancel();
}

void Sweeper::stop() {
    stopped_ = true;
    bell_.cancel();
}

Task<void> Sweeper::end_tickets() {
    auto ended = co_await services_.storage.expire_tickets(services_.clock.now(), tickets_a_round);
    bool up = ended.has_value();
    if (up != database_up_) {
        database_up_ = up;
        if (up) {
            services_.log.info("database_back");
        } else {
            services_.log.error("database_lost", {{"code", info(ended.error()).code}});
        }
    }
    services_.metrics.set_database_up(up);
    if (!up) co_return;
    for (const Ticket& ticket : *ended) {
        services_.metrics.ticket("expire");
        services_.watch.changed(ticket.token_hash);
        services_.room.expired(ticket);
    }
}

Task<void> Sweeper::end_levels() {
    if (!database_up_) co_return;
    auto fallen = co_await services_.storage.expire_levels(services_.clock.now(), levels_a_round);
    if (!fallen || *fallen > 0) anyones_sessions_changed(services_);
    if (fallen && *fallen > 0) services_.log.info("levels_ended", {{"people", *fallen}});
}

// For the audit (`session_expired`). More than a round holds go on in the next second.
Task<void> Sweeper::end_sessions_sometimes() {
    const WallTime now = services_.clock.now();
    if (!is_due(now, next_session_round_, between_session_rounds) || !database_up_) co_return;
    for (int times = 0; times < statements_a_round; ++times) {
        auto ended = co_await services_.storage.expire_sessions(now, sessions_a_statement);
        if (!ended) services_.log.warn("sessions_not_ended", {{"code", info(ended.error()).code}});
        if (ended && *ended == sessions_a_statement) continue;
        next_session_round_ = now + between_session_rounds;
        co_return;
    }
}

Task<void> Sweeper::tell_of_ends() {
    const std::uint64_t elsewhere = services_.sessions.elsewhere();
    if (elsewhere != ended_elsewhere_) {
        ended_elsewhere_ = elsewhere;
        anyones_sessions_changed(services_);
    }
    if (database_up_) co_await cancelled_.look(services_);
}

Task<void> Sweeper::purge_sometimes() {
    WallTime now = services_.clock.now();
    if (!is_due(now, next_purge_, between_purges) || !database_up_) co_return;
    next_purge_ = now + between_purges;
    auto purged = co_await services_.storage.purge(now);
    if (!purged) services_.log.warn("purge_failed", {{"code", info(purged.error()).code}});
}

void Sweeper::set_gauges() {
    services_.metrics.set_waiting_seats(services_.room.seats());
    services_.metrics.set_connections(services_.room.connections());
    services_.metrics.set_worker_queue(WorkerSide::hash, hashing_.waiting());
    services_.metrics.set_worker_queue(WorkerSide::signature, signing_.waiting());
}

}  // namespace qrgate
