// How long things took: a log-linear histogram of microseconds, from 1 µs to 100 s with 128 steps for every
// doubling (an error below 0.8 %), so that no value is kept and none is lost. Values: copy, add, merge.
// One thread each; what several threads or processes measured is merged. tests/bench compares it with an
// exact sort.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qrgate::bench {

using Duration = std::chrono::nanoseconds;

class Histogram {
public:
    Histogram();

    // Below 1 µs counts as 1 µs, above 100 s as 100 s.
    void add(Duration value) noexcept;
    void merge(const Histogram& other) noexcept;

    std::uint64_t count() const noexcept { return count_; }
    // The smallest value that at least `percent` of all values do not exceed, as the upper edge of its step
    // (never above max()); zero when nothing was added.
    Duration percentile(double percent) const noexcept;
    Duration max() const noexcept { return max_; }
    Duration mean() const noexcept;

    // {"count":…,"mean_us":…,"p50_us":…,"p90_us":…,"p99_us":…,"p999_us":…,"max_us":…,"steps":[[upper_us,count],…]}
    std::string json() const;
    // Adds what json() of another process says: its steps, its mean and its max. False: no such text.
    bool merge_json(std::string_view json);

private:
    std::vector<std::uint64_t> steps_;
    std::uint64_t count_ = 0;
    Duration max_{};
    Duration total_{};
};

}  // namespace qrgate::bench
