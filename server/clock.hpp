// Time as a parameter: App passes one clock to everybody.
// SystemClock reads the machine's; MovableClock adds what was advanced (demo mode, tests). I/O thread only.
// Deadlines of network reads and writes are the transport's own and use real time; everything a rule speaks
// of (tokens, tickets, sessions, captchas, budgets) uses this clock.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "protocol/time.hpp"

namespace qrgate {

class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime now() const noexcept = 0;
};

class SystemClock final : public Clock {
public:
    WallTime now() const noexcept override;
};

class MovableClock final : public Clock {
public:
    // Runs on the machine's time plus what was advanced.
    MovableClock() = default;
    // Stands still at `start` until it is advanced (tests).
    explicit MovableClock(WallTime start) : still_(start) {}

    WallTime now() const noexcept override;
    void advance(std::chrono::seconds by);
    // Called after each advance, so that what waits for a time can look again.
    void on_advance(std::function<void()> look_again) { look_again_ = std::move(look_again); }

private:
    std::optional<WallTime> still_{};
    std::chrono::microseconds ahead_{0};
    std::function<void()> look_again_{};
};

}  // namespace qrgate
