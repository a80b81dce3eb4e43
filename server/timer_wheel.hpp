// A coarse timer wheel: 512 slots of a quarter second. Entries are never taken out early: an owner that
// changed its mind ignores the old entry when it comes (it knows its own due time). Owned by the waiting
// room; I/O thread. Time is given; it may jump forward by any amount, and backward.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "protocol/time.hpp"

namespace qrgate {

class TimerWheel {
public:
    explicit TimerWheel(WallTime now);

    void add(std::uint64_t id, WallTime due);
    // Moves out the ids whose time has come, earliest slot first.
    void take_due(WallTime now, std::vector<std::uint64_t>& out);
    std::size_t size() const noexcept { return size_; }

private:
    struct Entry {
        std::uint64_t id;
        WallTime due;
    };
    static constexpr std::size_t slots = 512;
    static std::int64_t tick_of(WallTime time) noexcept;

    std::array<std::vector<Entry>, slots> slots_;
    std::int64_t last_;  // the newest tick that was looked at; it is looked at again
    std::size_t size_ = 0;
};

}  // namespace qrgate
