#include "server/cancelled_tickets.hpp"

#include <algorithm>

#include "server/clock.hpp"
#include "server/services.hpp"
#include "server/task_group.hpp"
#include "server/ticket_watch.hpp"
#include "server/waiting_room.hpp"
#include "storage/storage.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::seconds reach{15};
constexpr int most_tickets = 5000;

asio::awaitable<void> look_once(Services& services) {
    CancelledTickets now;
    co_await now.look(services);
}

}  // namespace

asio::awaitable<void> CancelledTickets::look(Services& services) {
    const WallTime now = services.clock.now();
    const WallTime since = std::min(looked_at_.value_or(now), now) - reach;
    auto cancelled = co_await services.storage.list_cancelled_tickets(since, most_tickets);
    if (!cancelled) co_return;
    looked_at_ = now;
    std::set<Digest> told;
    for (const Ticket& ticket : *cancelled) {
        told.insert(ticket.token_hash);
        if (told_.contains(ticket.token_hash)) continue;
        services.watch.changed(ticket.token_hash);
        services.room.cancelled(ticket);
    }
    told_ = std::move(told);
}

void tell_of_cancelled_tickets(Services& services) {
    services.tasks.spawn("cancelled_tickets", look_once(services));
}

}  // namespace qrgate
