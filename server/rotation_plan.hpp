// When codes are followed by the next, so that browsers that came together do not all turn in the same
// moment: how many rotations are planned for each quarter second of the next eight minutes, and where one
// more fits best. Owned by the waiting room; I/O thread. A place may be used by rotations a whole round
// apart; then it is only a little less even.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/room_time.hpp"

namespace qrgate {

class RotationPlan {
public:
    // The latest moment of the window with room for one more, or the one that has most; counted. `seats`: in
    // all, of which a share fits into a quarter second.
    Moment place(Moment earliest, Moment latest, std::size_t seats) {
        const std::size_t share = share_of(seats);
        Moment best = latest;
        for (Moment at = latest; planned(best) >= share && at >= earliest + moments_a_place;) {
            at -= moments_a_place;
            if (planned(at) < planned(best)) best = at;
        }
        ++counts_[index(best)];
        return best;
    }
    void remove(Moment moment) { --counts_[index(moment)]; }

    std::size_t planned(Moment moment) const { return counts_[index(moment)]; }
    // What may be planned for one quarter second before the one before it is used: a few are not worth
    // turning early for, and all must fit into the fifteen seconds in which a code can be followed.
    static std::size_t share_of(std::size_t seats) {
        const std::size_t share = seats / 48;
        return share > smallest_share ? share : smallest_share;
    }

private:
    static constexpr std::size_t places = 2048;
    static constexpr Moment moments_a_place = 4;
    static constexpr std::size_t smallest_share = 64;
    static std::size_t index(Moment moment) { return moment / moments_a_place % places; }

    std::array<std::uint32_t, places> counts_{};
};

}  // namespace qrgate
