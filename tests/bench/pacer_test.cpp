#include "bench/pacer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace qrgate::bench {
namespace {

using namespace std::chrono_literals;

const Time start{1h};

// A server that answers one ask after the other, 1 ms each, and stands still between two moments.
class StallingServer {
public:
    StallingServer(Time from, Time to) : from_(from), to_(to) {}
    Time answer_to(Time sent) {
        Time begin = std::max(sent, free_);
        if (begin >= from_ && begin < to_) begin = to_;
        return free_ = begin + 1ms;
    }

private:
    Time from_, to_, free_{};
};

TEST(Pacer, AsksAtItsMomentsWhateverTheClockSaysWhenItIsAsked) {
    Pacer pacer({.rate = 1000, .measured = 1s}, start);

    std::vector<Time> moments;
    for (Time now : {start, start + 2500us, start + 2600us, start + 1s})
        while (auto ask = pacer.next(now)) {
            EXPECT_EQ(ask->number, moments.size());
            moments.push_back(ask->intended);
        }

    ASSERT_EQ(moments.size(), 1000U);
    for (std::size_t n = 0; n < moments.size(); ++n)
        EXPECT_EQ(moments[n], start + n * 1ms);
    EXPECT_TRUE(pacer.all_sent());
    EXPECT_EQ(pacer.due(), Time::max());
}

TEST(Pacer, DoesNotAddUpRounding) {
    Pacer pacer({.rate = 3, .measured = 1001s, .outstanding = 4000}, start);

    Time last{};
    while (auto ask = pacer.next(start + 1000s))
        last = ask->intended;

    EXPECT_EQ(last, start + 1000s);
}

TEST(Pacer, CountsLatencyFromTheIntendedMoment) {
    Pacer pacer({.rate = 10, .measured = 1s}, start);
    auto ask = pacer.next(start + 70ms);  // sent late by 70 ms
    ASSERT_TRUE(ask);

    pacer.done(*ask, start + 90ms, true);

    EXPECT_EQ(pacer.tally().latency.max(), 90ms);
    EXPECT_EQ(pacer.tally().answered, 1U);
}

TEST(Pacer, ShowsAStallOfTheServerInItsPercentiles) {
    // 10 s at 100/s; the server stands still for 1 s: a tenth of the asks waits up to 1 s.
    StallingServer server(start + 4s, start + 5s);
    Pacer pacer({.rate = 100, .measured = 10s}, start);

    for (Time now = start; !pacer.all_sent(); now = pacer.due())
        while (auto ask = pacer.next(now))
            pacer.done(*ask, server.answer_to(ask->intended), true);

    EXPECT_EQ(pacer.tally().answered, 1000U);
    EXPECT_LT(pacer.tally().latency.percentile(50), 2ms);
    EXPECT_GT(pacer.tally().latency.percentile(99), 880ms);
    EXPECT_GT(pacer.tally().latency.percentile(95), 450ms);
}

// The same stall with one connection that asks again only when it was answered, measured from the planned
// moment.
TEST(Pacer, ShowsTheStallAlsoWhenOneAskAtATimeIsInTheAir) {
    StallingServer server(start + 4s, start + 5s);
    Pacer pacer({.rate = 100, .measured = 10s, .outstanding = 1}, start);

    for (Time now = start; !pacer.all_sent();) {
        now = std::max(now, pacer.due());
        auto ask = pacer.next(now);
        if (!ask) continue;
        // Moments that pass while it is in the air cannot be sent.
        now = server.answer_to(now);
        EXPECT_FALSE(pacer.next(now));
        pacer.done(*ask, now, true);
    }

    const Tally& tally = pacer.tally();
    EXPECT_EQ(tally.asked, 1000U);
    EXPECT_EQ(tally.answered + tally.late, 1000U);
    EXPECT_GE(tally.late, 99U);
    EXPECT_EQ(tally.latency.count(), 1000U);
    EXPECT_GT(tally.latency.percentile(99), 880ms);
}

TEST(Pacer, NeverHasMoreInTheAirThanAllowed) {
    Pacer pacer({.rate = 1000, .measured = 1s, .outstanding = 5}, start);

    std::size_t sent = 0;
    while (pacer.next(start + 500ms))
        sent += 1;

    EXPECT_EQ(sent, 5U);
    EXPECT_EQ(pacer.in_the_air(), 5U);
    EXPECT_EQ(pacer.tally().asked, 501U);
    EXPECT_EQ(pacer.tally().late, 496U);
}

TEST(Pacer, CountsWhatHasNoAnswerAtTheEndAsFailed) {
    Pacer pacer({.rate = 10, .measured = 1s, .outstanding = 8}, start);
    std::vector<Ask> asks;
    while (auto ask = pacer.next(start + 1s))
        asks.push_back(*ask);
    pacer.done(asks[3], start + 1s, true);
    pacer.done(asks[4], start + 1s, false);

    pacer.give_up(start + 3s);
    pacer.done(asks[0], start + 4s, true);  // too late to count

    const Tally& tally = pacer.tally();
    EXPECT_EQ(tally.asked, 10U);
    EXPECT_EQ(tally.answered, 1U);
    EXPECT_EQ(tally.failed, 7U);
    EXPECT_EQ(tally.late, 2U);
    EXPECT_EQ(tally.latency.count(), 10U);
    EXPECT_EQ(tally.latency.max(), 3s);
}

TEST(Pacer, LeavesTheWarmupOut) {
    Pacer pacer({.rate = 100, .warmup = 1s, .measured = 1s, .outstanding = 1000}, start);
    std::vector<Ask> asks;
    while (auto ask = pacer.next(start + 2s))
        asks.push_back(*ask);

    for (const Ask& ask : asks)
        pacer.done(ask, ask.intended + (ask.warmup ? 5s : 2ms), true);

    EXPECT_EQ(asks.size(), 200U);
    EXPECT_EQ(pacer.tally().asked, 100U);
    EXPECT_EQ(pacer.tally().answered, 100U);
    EXPECT_EQ(pacer.tally().latency.max(), 2ms);
}

TEST(Pacer, AWarmupAskThatEndsAfterMeasuredOnesHarmsNothing) {
    Pacer pacer({.rate = 10, .warmup = 100ms, .measured = 1s}, start);
    auto slow = pacer.next(start);
    ASSERT_TRUE(slow && slow->warmup);
    while (auto ask = pacer.next(start + 1100ms))
        pacer.done(*ask, ask->intended + 1ms, true);

    pacer.done(*slow, start + 2s, true);

    EXPECT_EQ(pacer.in_the_air(), 0U);
    EXPECT_EQ(pacer.tally().latency.max(), 1ms);
}

TEST(Pacer, PoissonArrivalsHaveTheAskedRateAndVaryAsTheyShould) {
    Pacer pacer(
        {.rate = 200, .arrivals = Arrivals::poisson, .measured = 500s, .outstanding = 200'000, .seed = 7},
        start);

    std::vector<double> gaps;
    Time before = start;
    while (auto ask = pacer.next(start + 500s)) {
        gaps.push_back(std::chrono::duration<double>(ask->intended - before).count());
        before = ask->intended;
    }

    double mean = 0;
    for (double gap : gaps)
        mean += gap / static_cast<double>(gaps.size());
    double variance = 0;
    for (double gap : gaps)
        variance += (gap - mean) * (gap - mean) / static_cast<double>(gaps.size());
    EXPECT_NEAR(static_cast<double>(gaps.size()), 100'000, 1300);  // 4 standard deviations
    EXPECT_NEAR(mean, 0.005, 0.0001);
    EXPECT_NEAR(std::sqrt(variance) / mean, 1.0, 0.03);
}

TEST(Tally, MergesWhatProcessesMeasured) {
    Tally one{.asked = 3, .answered = 1, .failed = 1, .late = 1};
    one.latency.add(1ms);
    Tally other{.asked = 30, .answered = 10, .failed = 10, .late = 10};
    other.latency.add(2ms);

    one.merge(other);

    EXPECT_EQ(one.asked, 33U);
    EXPECT_EQ(one.answered, 11U);
    EXPECT_EQ(one.failed, 11U);
    EXPECT_EQ(one.late, 11U);
    EXPECT_EQ(one.latency.count(), 2U);
}

}  // namespace
}  // namespace qrgate::bench
