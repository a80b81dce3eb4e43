#include "protocol/random.hpp"

#include <limits>

namespace qrgate {

std::uint32_t Random::below(std::uint32_t bound) {
    // Values from the last, incomplete run of `bound` would favour small results: draw again.
    constexpr std::uint32_t top = std::numeric_limits<std::uint32_t>::max();
    const std::uint32_t usable = top - top % bound;
    for (;;) {
        const auto octets = bytes<4>();
        const std::uint32_t value = static_cast<std::uint32_t>(octets[0]) << 24U |
                                    static_cast<std::uint32_t>(octets[1]) << 16U |
                                    static_cast<std::uint32_t>(octets[2]) << 8U | octets[3];
        if (value < usable) return value % bound;
    }
}

}  // namespace qrgate
