// When is a rush of new connections over? Every connection leaves memory behind that the C library keeps for
// the next one, scattered over the heap: after a storm of reconnects some megabytes that nobody uses. They
// are given back (process.hpp) when many came, hardly anybody comes any more, and hardly anybody is being
// served: giving back walks the heap, and what is used next must be had from the system again. Who waits in
// the room is not being served. Pure, one thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace qrgate {

class Rush {
public:
    static constexpr std::uint64_t many = 200;  // since memory was given back last
    static constexpr std::uint64_t few = 20;    // in a second; and open now

    // Asked once a second; `accepted`: connections since the server began, `open`: of those, not in the room.
    // True: give back now.
    bool is_over(std::uint64_t accepted, std::size_t open) noexcept {
        const std::uint64_t this_second = accepted - before_;
        before_ = accepted;
        if (this_second >= few || open >= few || accepted - given_back_at_ < many) return false;
        given_back_at_ = accepted;
        return true;
    }

private:
    std::uint64_t before_ = 0;
    std::uint64_t given_back_at_ = 0;
};

}  // namespace qrgate
