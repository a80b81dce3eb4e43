// When an open loop asks: the n-th ask has its moment from the plan, whatever became of those before, and its
// time counts from that moment (no coordinated omission). No I/O and no clock of its own: its owner says what
// time it is. One thread. At most `outstanding` asks are in the air: one more is not sent, counts as `late`,
// and is in the histogram with the time it would have waited just to be sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>

#include "bench/histogram.hpp"

namespace qrgate::bench {

using Time = std::chrono::steady_clock::time_point;

enum class Arrivals : std::uint8_t { fixed, poisson };

// What was asked and what came of it, warm-up left out.
struct Tally {
    std::uint64_t asked = 0;     // planned moments that came: answered + failed + late + still in the air
    std::uint64_t answered = 0;  // as it should be
    std::uint64_t failed = 0;    // answered otherwise, or not at all
    std::uint64_t late = 0;      // not sent: too many in the air
    Histogram latency = {};      // of all three
    void merge(const Tally& other);
};

struct Pace {
    double rate = 1;  // a second
    Arrivals arrivals = Arrivals::fixed;
    Duration warmup{};
    Duration measured{};  // after the warm-up
    std::size_t outstanding = 10'000;
    std::uint64_t seed = 1;
};

struct Ask {
    std::uint64_t number = 0;
    Time intended{};
    bool warmup = false;
};

class Pacer {
public:
    Pacer(Pace pace, Time start);

    // The next ask whose moment has come and that may be sent; nullopt: none is due, or all were handed out.
    std::optional<Ask> next(Time now);
    // When the next one is due; Time::max(): there is none.
    Time due() const noexcept;
    // What became of one that next() gave.
    void done(const Ask& ask, Time now, bool good);
    // The end, once: what is still in the air failed, and took at least until now.
    void give_up(Time now);

    bool all_sent() const noexcept { return due() == Time::max(); }
    std::size_t in_the_air() const noexcept { return in_the_air_; }
    Time measured_from() const noexcept { return start_ + pace_.warmup; }
    Time end() const noexcept { return start_ + pace_.warmup + pace_.measured; }
    const Tally& tally() const noexcept { return tally_; }

private:
    void plan_next();
    void account_late(Time now);

    Pace pace_;
    Time start_;
    std::mt19937_64 chance_;
    Ask upcoming_{};
    std::size_t in_the_air_ = 0;
    std::deque<Time> unsent_{};              // measured ones, until there is room again
    std::deque<std::optional<Time>> air_{};  // by number, from air_begin_: measured asks without an answer
    std::uint64_t air_begin_ = 0;
    bool given_up_ = false;
    Tally tally_{};
};

}  // namespace qrgate::bench
