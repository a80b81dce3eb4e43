#include "bench/pacer.hpp"

#include <cmath>
#include <stdexcept>

namespace qrgate::bench {

void Tally::merge(const Tally& other) {
    asked += other.asked;
    answered += other.answered;
    failed += other.failed;
    late += other.late;
    latency.merge(other.latency);
}

Pacer::Pacer(Pace pace, Time start) : pace_(pace), start_(start), chance_(pace.seed) {
    if (!(pace.rate > 0)) throw std::invalid_argument("a pace needs a rate above zero");
    upcoming_.intended = start;
    upcoming_.warmup = pace.warmup > Duration::zero();
    if (pace.arrivals == Arrivals::fixed) return;
    plan_next();  // nobody arrives exactly at the start
    upcoming_.number = 0;
}

void Pacer::plan_next() {
    upcoming_.number += 1;
    if (pace_.arrivals == Arrivals::poisson) {
        std::exponential_distribution<double> gap(pace_.rate);
        upcoming_.intended += Duration{std::llround(gap(chance_) * 1e9)};
    } else {
        // From the start each time: rounding must not add up.
        double at = static_cast<double>(upcoming_.number) / pace_.rate * 1e9;
        upcoming_.intended = start_ + Duration{std::llround(at)};
    }
    upcoming_.warmup = upcoming_.intended < measured_from();
}

Time Pacer::due() const noexcept {
    return upcoming_.intended < end() ? upcoming_.intended : Time::max();
}

std::optional<Ask> Pacer::next(Time now) {
    while (due() <= now) {
        Ask ask = upcoming_;
        plan_next();
        if (!ask.warmup) tally_.asked += 1;
        bool fits = in_the_air_ < pace_.outstanding;
        air_.emplace_back(fits && !ask.warmup ? std::optional<Time>(ask.intended) : std::nullopt);
        if (fits) {
            in_the_air_ += 1;
            return ask;
        }
        if (!ask.warmup) {
            tally_.late += 1;
            unsent_.push_back(ask.intended);
        }
    }
    return std::nullopt;
}

void Pacer::account_late(Time now) {
    for (Time intended : unsent_)
        tally_.latency.add(now - intended);
    unsent_.clear();
}

void Pacer::done(const Ask& ask, Time now, bool good) {
    if (given_up_) return;  // it was counted there
    in_the_air_ -= 1;
    account_late(now);
    if (ask.warmup) return;
    (good ? tally_.answered : tally_.failed) += 1;
    tally_.latency.add(now - ask.intended);
    air_[static_cast<std::size_t>(ask.number - air_begin_)].reset();
    while (!air_.empty() && !air_.front()) {
        air_.pop_front();
        air_begin_ += 1;
    }
}

void Pacer::give_up(Time now) {
    for (const auto& intended : air_) {
        if (!intended) continue;
        tally_.failed += 1;
        tally_.latency.add(now - *intended);
    }
    air_.clear();
    given_up_ = true;
    in_the_air_ = 0;
    account_late(now);
}

}  // namespace qrgate::bench
