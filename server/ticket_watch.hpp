// Phones that wait for what becomes of a ticket (GET …/tickets/{token}?wait=25). Waiters are bounded; a full
// watch answers at once, which only makes the phone ask again. I/O thread; owned by App.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>

#include "protocol/bytes.hpp"

namespace qrgate {

namespace asio = boost::asio;

class TicketWatch {
public:
    TicketWatch(asio::any_io_executor executor, std::size_t limit)
        : executor_(std::move(executor)), limit_(limit) {}

    // Returns when the ticket changed, after `at_most` (real time), or at once when the watch is full or
    // stopped.
    asio::awaitable<void> wait(Digest token_hash, std::chrono::seconds at_most);
    void changed(const Digest& token_hash);  // after the commit that changed it
    void stop();

private:
    using Waiters = std::multimap<Digest, std::shared_ptr<asio::steady_timer>>;
    asio::any_io_executor executor_;
    std::size_t limit_;
    bool stopped_ = false;
    Waiters waiters_ = {};
};

}  // namespace qrgate
