#include "server/timer_wheel.hpp"

#include <algorithm>

namespace qrgate {

std::int64_t TimerWheel::tick_of(WallTime time) noexcept {
    return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count() / 250;
}

TimerWheel::TimerWheel(WallTime now) : last_(tick_of(now)) {}

void TimerWheel::add(std::uint64_t id, WallTime due) {
    // What is due before the newest looked-at tick would wait a whole turn in its own slot.
    std::int64_t tick = std::max(tick_of(due), last_);
    slots_[static_cast<std::size_t>(tick) % slots].push_back({id, due});
    ++size_;
}

void TimerWheel::take_due(WallTime now, std::vector<std::uint64_t>& out) {
    std::int64_t tick = tick_of(now);
    // After a step backward entries put in under the later time may lie in any slot: look at all.
    std::int64_t from = tick < last_ ? tick - static_cast<std::int64_t>(slots) + 1
                                     : std::max(last_, tick - static_cast<std::int64_t>(slots) + 1);
    last_ = tick;
    for (std::int64_t at = from; at <= tick; ++at) {
        auto& slot = slots_[static_cast<std::size_t>(at) % slots];
        auto due =
            std::partition(slot.begin(), slot.end(), [now](const Entry& entry) { return entry.due > now; });
        for (auto entry = due; entry != slot.end(); ++entry)
            out.push_back(entry->id);
        size_ -= static_cast<std::size_t>(slot.end() - due);
        slot.erase(due, slot.end());
    }
}

}  // namespace qrgate
