// When is a rush of new connections over? Every connection leaves memory behind that the C library keeps for
// the next one, scattered over the heap: after a storm of reconnects some megabytes that nobody uses. They
// are given back (process.hpp) when many came and hardly anybody comes any more; giving back walks the heap,
// which a busy second must not wait for. Pure, one thread.
#pragma once

#include <cstdint>

namespace qrgate {

class Rush {
public:
    static constexpr std::uint64_t many = 200;  // since memory was given back last
    static constexpr std::uint64_t few = 20;    // in a second

    // Asked once a second; `accepted`: connections since the server began. True: give back now.
    bool is_over(std::uint64_t accepted) noexcept {
        const std::uint64_t this_second = accepted - before_;
        before_ = accepted;
        if (this_second >= few || accepted - given_back_at_ < many) return false;
        given_back_at_ = accepted;
        return true;
    }

private:
    std::uint64_t before_ = 0;
    std::uint64_t given_back_at_ = 0;
};

}  // namespace qrgate
