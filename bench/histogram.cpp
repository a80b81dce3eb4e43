#include "bench/histogram.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <bit>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <iterator>

namespace qrgate::bench {
namespace {

// Everything is counted in nanoseconds; a doubling begins at 1000 << n.
constexpr std::int64_t least = 1000;
constexpr std::int64_t most = 100'000'000'000;
constexpr std::int64_t steps_a_doubling = 128;
constexpr std::size_t doublings = 27;  // 1000 << 27 is the first above 100 s

std::size_t step_of(std::int64_t value) noexcept {
    value = std::clamp(value, least, most);
    auto doubling = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(value / least)) - 1);
    std::int64_t begin = least << doubling;
    auto inside = static_cast<std::size_t>((value - begin) * steps_a_doubling / begin);
    return doubling * static_cast<std::size_t>(steps_a_doubling) + inside;
}

// The largest nanosecond of a step: step_of(last_of(n)) is n.
std::int64_t last_of(std::size_t step) noexcept {
    std::int64_t begin = least << (step / static_cast<std::size_t>(steps_a_doubling));
    auto inside = static_cast<std::int64_t>(step % static_cast<std::size_t>(steps_a_doubling));
    return begin + ((inside + 1) * begin + steps_a_doubling - 1) / steps_a_doubling - 1;
}

double micros(Duration value) noexcept {
    return static_cast<double>(value.count()) / 1000.0;
}

Duration from_micros(double value) noexcept {
    return Duration{std::llround(value * 1000.0)};
}

}  // namespace

Histogram::Histogram() : steps_(doublings * static_cast<std::size_t>(steps_a_doubling), 0) {}

void Histogram::add(Duration value) noexcept {
    value = std::clamp(value, Duration{least}, Duration{most});
    steps_[step_of(value.count())] += 1;
    count_ += 1;
    total_ += value;
    max_ = std::max(max_, value);
}

void Histogram::merge(const Histogram& other) noexcept {
    std::transform(steps_.begin(), steps_.end(), other.steps_.begin(), steps_.begin(), std::plus<>{});
    count_ += other.count_;
    total_ += other.total_;
    max_ = std::max(max_, other.max_);
}

Duration Histogram::percentile(double percent) const noexcept {
    if (count_ == 0) return Duration{};
    double exact = std::ceil(std::clamp(percent, 0.0, 100.0) / 100.0 * static_cast<double>(count_) - 1e-9);
    auto wanted = std::clamp(static_cast<std::uint64_t>(exact), std::uint64_t{1}, count_);
    std::uint64_t seen = 0;
    for (std::size_t step = 0; step < steps_.size(); ++step) {
        seen += steps_[step];
        if (seen >= wanted) return std::min(Duration{last_of(step)}, max_);
    }
    return max_;
}

Duration Histogram::mean() const noexcept {
    return count_ == 0 ? Duration{} : total_ / static_cast<std::int64_t>(count_);
}

std::string Histogram::json() const {
    std::string text = fmt::format(
        R"({{"count":{},"mean_us":{:.3f},"p50_us":{:.3f},"p90_us":{:.3f},"p99_us":{:.3f},"p999_us":{:.3f},"max_us":{:.3f},"steps":[)",
        count_, micros(mean()), micros(percentile(50)), micros(percentile(90)), micros(percentile(99)),
        micros(percentile(99.9)), micros(max_));
    bool first = true;
    for (std::size_t step = 0; step < steps_.size(); ++step) {
        if (steps_[step] == 0) continue;
        fmt::format_to(std::back_inserter(text), "{}[{:.3f},{}]", first ? "" : ",",
                       micros(Duration{last_of(step)}), steps_[step]);
        first = false;
    }
    text += "]}";
    return text;
}

bool Histogram::merge_json(std::string_view json) {
    boost::system::error_code failure;
    boost::json::value read = boost::json::parse(json, failure);
    if (failure || !read.is_object()) return false;
    const auto* steps = read.as_object().if_contains("steps");
    const auto* max = read.as_object().if_contains("max_us");
    const auto* mean = read.as_object().if_contains("mean_us");
    if (!steps || !steps->is_array() || !max || !max->is_number() || !mean || !mean->is_number())
        return false;
    Histogram other;
    for (const auto& step : steps->as_array()) {
        if (!step.is_array() || step.as_array().size() != 2) return false;
        const auto& upper = step.as_array()[0];
        const auto& count = step.as_array()[1];
        if (!upper.is_number() || !count.is_int64() || count.as_int64() < 0) return false;
        auto value = from_micros(upper.to_number<double>());
        other.steps_[step_of(value.count())] += static_cast<std::uint64_t>(count.as_int64());
        other.count_ += static_cast<std::uint64_t>(count.as_int64());
    }
    other.max_ = from_micros(max->to_number<double>());
    other.total_ =
        Duration{std::llround(mean->to_number<double>() * 1000.0 * static_cast<double>(other.count_))};
    merge(other);
    return true;
}

}  // namespace qrgate::bench
