// What must happen by itself: tickets and levels whose time is over end (browsers and phones hear it), rows
// that no rule needs go, gauges are set. One task of App's; I/O thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

#include "protocol/time.hpp"
#include "server/cancelled_tickets.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Services;
class Workers;

class Sweeper {
public:
    Sweeper(const asio::any_io_executor& executor, Services& services, const Workers& hashing,
            const Workers& signing);

    asio::awaitable<void> run();  // until stop()
    void look_at_the_time();      // at once instead of within a second: the clock was moved
    void stop();
    // Also done every round; must not wait.
    void each_round(std::function<void()> also) { also_ = std::move(also); }

private:
    asio::awaitable<void> end_tickets();
    asio::awaitable<void> end_levels();
    asio::awaitable<void> end_sessions_sometimes();
    asio::awaitable<void> tell_of_ends();
    asio::awaitable<void> purge_sometimes();
    void set_gauges();

    Services& services_;
    const Workers& hashing_;
    const Workers& signing_;
    asio::steady_timer bell_;
    std::function<void()> also_ = [] {};
    CancelledTickets cancelled_{};
    std::uint64_t ended_elsewhere_ = 0;
    WallTime next_purge_{};
    WallTime next_session_round_{};
    bool database_up_ = true;
    bool stopped_ = false;
};

}  // namespace qrgate
