#include "server/cancelled_tickets.hpp"

#include <algorithm>

#include "server/clock.hpp"
#include "server/services.hpp"
#include "server/task_group.hpp"
#include "server/ticket_watch.hpp"
#include "server/waiting_room.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::seconds reach{15};

Task<void> look_once(Services& services) {
    CancelledTickets looks;
    do
        co_await looks.look(services);
    while (services.watch.ends_look());
}

}  // namespace

Task<void> CancelledTickets::look(Services& services) {
    const WallTime now = services.clock.now();
    const WallTime since = std::min(looked_at_.value_or(now), now) - reach;
    // The oldest come first: those that were told before stand in front of what is new.
    const std::size_t limit = told_.size() + most_;
    auto cancelled = co_await services.storage.list_cancelled_tickets(since, static_cast<int>(limit));
    if (!cancelled) co_return;
    const bool has_more = cancelled->size() >= limit;
    looked_at_ = has_more ? since + reach : now;
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
    if (services.watch.begins_look()) services.tasks.spawn("cancelled_tickets", look_once(services));
}

}  // namespace qrgate
