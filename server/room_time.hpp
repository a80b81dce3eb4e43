// Times as the waiting room keeps them: 32 bits of sixteenths of a second since a day before the room began,
// which is eight years. Half the octets of a WallTime in every seat. Values; any thread. What lies outside is
// the nearest moment that can be said; `never` is later than every moment.
#pragma once

#include <algorithm>
#include <cstdint>

#include "protocol/time.hpp"

namespace qrgate {

using Moment = std::uint32_t;
using MomentStep = std::chrono::duration<std::int64_t, std::ratio<1, 16>>;

inline constexpr Moment never = 0xffffffff;

class RoomTime {
public:
    // Whole seconds stay whole: a code that lives 60 s is shown as 60.
    explicit RoomTime(WallTime began)
        : epoch_(std::chrono::floor<std::chrono::seconds>(began) - std::chrono::days{1}) {}

    Moment floor(WallTime time) const noexcept {
        return bounded(std::chrono::floor<MomentStep>(time - epoch_).count());
    }
    // For ends that somebody else decides: never before them.
    Moment ceil(WallTime time) const noexcept {
        return bounded(std::chrono::ceil<MomentStep>(time - epoch_).count());
    }
    WallTime wall(Moment moment) const noexcept {
        if (moment == never) return WallTime::max();
        return epoch_ + std::chrono::duration_cast<std::chrono::microseconds>(MomentStep{moment});
    }
    static constexpr Moment steps(std::chrono::milliseconds span) noexcept {
        return bounded(std::chrono::floor<MomentStep>(span).count());
    }
    static constexpr Moment sum(Moment moment, Moment steps) noexcept {
        return bounded(std::int64_t{moment} + steps);
    }

private:
    static constexpr Moment bounded(std::int64_t steps) noexcept {
        return static_cast<Moment>(std::clamp<std::int64_t>(steps, 0, std::int64_t{never} - 1));
    }

    WallTime epoch_;
};

}  // namespace qrgate
