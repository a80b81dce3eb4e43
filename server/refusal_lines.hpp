// How many log lines a flood may write: of answers that say "later" (429, 503) so many in a second, and with
// the next line the number of those that were left out, so that none is lost without a word. Metrics count
// all. Owned by App; I/O thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "protocol/time.hpp"

namespace qrgate {

class RefusalLines {
public:
    explicit RefusalLines(unsigned in_a_second = 20) : in_a_second_(in_a_second) {}

    // The number left out before this line; none: this one is left out too.
    std::optional<std::uint64_t> take(int status, WallTime now) {
        if (status != 429 && status != 503) return 0;
        const auto second = std::chrono::floor<std::chrono::seconds>(now);
        if (second != second_) written_ = 0;
        second_ = second;
        if (written_ >= in_a_second_) {
            ++left_out_;
            return std::nullopt;
        }
        ++written_;
        return std::exchange(left_out_, 0);
    }

private:
    unsigned in_a_second_;
    unsigned written_ = 0;
    std::uint64_t left_out_ = 0;
    std::chrono::time_point<WallTime::clock, std::chrono::seconds> second_{};
};

}  // namespace qrgate
