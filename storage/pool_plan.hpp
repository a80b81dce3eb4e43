// How many connections the pool opens now, and how long it waits after a failure. Pure, any thread.
// Invariant: open + connecting never exceeds the limit; while PostgreSQL is away one attempt at a time is
// made.
#pragma once

#include <chrono>
#include <cstddef>

namespace qrgate {

struct PoolView {
    std::size_t limit = 1;
    std::size_t open = 0;  // idle or leased
    std::size_t connecting = 0;
    std::size_t waiting = 0;  // for a lease
    bool failing = false;     // the last attempt failed
    bool may_retry = true;    // its back-off is over
};

std::size_t connections_to_open(const PoolView& pool);

// Doubles from `first` to `most`; `last` is zero after a success.
std::chrono::milliseconds next_back_off(std::chrono::milliseconds last, std::chrono::milliseconds first,
                                        std::chrono::milliseconds most);

}  // namespace qrgate
