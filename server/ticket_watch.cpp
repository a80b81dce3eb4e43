#include "server/ticket_watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace qrgate {

asio::awaitable<void> TicketWatch::wait(Digest token_hash, std::chrono::seconds at_most) {
    if (stopped_ || waiters_.size() >= limit_) co_return;
    auto bell = std::make_shared<asio::steady_timer>(executor_, at_most);
    auto place = waiters_.emplace(token_hash, bell);
    // Woken by changed() or stop() (which cancel the bell), by the time, or by the end of the request.
    co_await bell->async_wait(asio::as_tuple(asio::use_awaitable));
    waiters_.erase(place);
}

void TicketWatch::changed(const Digest& token_hash) {
    auto [first, last] = waiters_.equal_range(token_hash);
    for (auto waiter = first; waiter != last; ++waiter)
        waiter->second->cancel();
}

void TicketWatch::stop() {
    stopped_ = true;
    for (auto& waiter : waiters_)
        waiter.second->cancel();
}

}  // namespace qrgate
