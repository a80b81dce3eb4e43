#include "server/ticket_watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <utility>

#include "storage/task.hpp"

namespace qrgate {

namespace {

// One person's open pages, or the phones of one ticket: more of a key is somebody who takes the places of
// others.
constexpr std::size_t most_of_a_key = 16;

}  // namespace

Task<void> TicketWatch::wait(Digest key, std::chrono::seconds at_most) {
    if (stopped_ || waiters_.size() >= limit_ || waiters_.count(key) >= most_of_a_key) co_return;
    auto bell = std::make_shared<Timer>(executor_, at_most);
    auto place = waiters_.emplace(key, bell);
    // Woken by changed() or stop() (which cancel the bell), by the time, or by the end of the request.
    co_await bell->async_wait(asio::as_tuple(use_task));
    waiters_.erase(place);
}

void TicketWatch::changed(const Digest& key) {
    ++changes_;
    auto [first, last] = waiters_.equal_range(key);
    for (auto waiter = first; waiter != last; ++waiter)
        waiter->second->cancel();
}

void TicketWatch::anything_changed() {
    ++changes_;
    for (auto& waiter : waiters_)
        waiter.second->cancel();
}

bool TicketWatch::begins_look() noexcept {
    looks_again_ = looks_;
    return !std::exchange(looks_, true);
}

bool TicketWatch::ends_look() noexcept {
    looks_ = std::exchange(looks_again_, false);
    return looks_;
}

void TicketWatch::stop() {
    stopped_ = true;
    for (auto& waiter : waiters_)
        waiter.second->cancel();
}

}  // namespace qrgate
