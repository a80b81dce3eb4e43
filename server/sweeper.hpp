// What must happen by itself: tickets and levels whose time is over end (browsers and phones hear it), rows
// that no rule needs go, gauges are set. One task of App's; I/O thread.
#pragma once

#include <chrono>
#include <functional>

#include "protocol/time.hpp"
#include "server/cancelled_tickets.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Services;
class Workers;

class Sweeper {
public:
    Sweeper(const Executor& executor, Services& services, const Workers& hashing, const Workers& signing);

    Task<void> run();         // until stop()
    void look_at_the_time();  // at once instead of within a second: the clock was moved
    void stop();
    // Also done every round; must not wait.
    void each_round(std::function<void()> also) { also_ = std::move(also); }

private:
    Task<void> end_tickets();
    Task<void> end_levels();
    Task<void> end_sessions_sometimes();
    Task<void> tell_of_ends();
    Task<void> purge_sometimes();
    void set_gauges();

    Services& services_;
    const Workers& hashing_;
    const Workers& signing_;
    Timer bell_;
    std::function<void()> also_ = [] {};
    CancelledTickets cancelled_{};
    std::uint64_t ended_elsewhere_ = 0;
    WallTime next_purge_{};
    WallTime next_session_round_{};
    bool database_up_ = true;
    bool stopped_ = false;
};

}  // namespace qrgate
