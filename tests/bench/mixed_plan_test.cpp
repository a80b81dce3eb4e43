#include "bench/mixed_plan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "bench/pacer.hpp"

namespace qrgate::bench {
namespace {

std::map<Visit, double> parts_of(Shares shares, std::uint64_t seed) {
    constexpr int many = 200'000;
    Day day(shares, seed);
    std::map<Visit, double> parts;
    for (int i = 0; i < many; ++i)
        parts[day.next()] += 1.0 / many;
    return parts;
}

TEST(MixedPlan, the_same_seed_is_the_same_day) {
    Day one({}, 7);
    Day same({}, 7);
    Day other({}, 8);
    int differences = 0;
    for (int i = 0; i < 1000; ++i) {
        const Visit visit = one.next();
        ASSERT_EQ(visit, same.next());
        if (visit != other.next()) ++differences;
    }
    EXPECT_GT(differences, 100);
}

TEST(MixedPlan, people_come_in_the_shares_that_were_asked_for) {
    const Shares shares{
        .sms = 0.2, .qr = 0.3, .wrong_password = 0.1, .qr_denied = 0.1, .qr_leaves = 0.2, .qr_never = 0.3};

    auto parts = parts_of(shares, 3);

    constexpr double near = 0.005;
    EXPECT_NEAR(parts[Visit::sms], 0.2, near);
    EXPECT_NEAR(parts[Visit::wrong_password], 0.5 * 0.1, near);
    EXPECT_NEAR(parts[Visit::password], 0.5 * 0.9, near);
    EXPECT_NEAR(parts[Visit::qr_denied], 0.3 * 0.1, near);
    EXPECT_NEAR(parts[Visit::qr_leaves], 0.3 * 0.2, near);
    EXPECT_NEAR(parts[Visit::qr_never], 0.3 * 0.3, near);
    EXPECT_NEAR(parts[Visit::qr], 0.3 * 0.4, near);
}

TEST(MixedPlan, a_share_of_nothing_never_comes) {
    auto parts =
        parts_of({.sms = 0, .qr = 1, .wrong_password = 0, .qr_denied = 0, .qr_leaves = 0, .qr_never = 0}, 1);

    EXPECT_EQ(parts.size(), 1U);
    EXPECT_TRUE(parts.contains(Visit::qr));
}

TEST(MixedPlan, shares_that_are_more_than_a_whole_are_refused) {
    EXPECT_TRUE(are_shares({}));
    EXPECT_FALSE(are_shares({.sms = 0.7, .qr = 0.4}));
    EXPECT_FALSE(are_shares({.sms = -0.1}));
    EXPECT_FALSE(are_shares({.qr_denied = 0.5, .qr_leaves = 0.5, .qr_never = 0.5}));
}

// Gaps of a Poisson process are exponential: mean and deviation are the same, and 1 − 1/e are below the mean.
TEST(MixedPlan, arrivals_at_the_rate_are_poisson) {
    constexpr double rate = 50;
    const Time start{};
    Pacer pacer({.rate = rate,
                 .arrivals = Arrivals::poisson,
                 .measured = std::chrono::seconds(1000),
                 .outstanding = 1'000'000,
                 .seed = 5},
                start);
    std::vector<double> gaps;
    Time before = start;
    while (auto ask = pacer.next(start + std::chrono::seconds(1000))) {
        gaps.push_back(std::chrono::duration<double>(ask->intended - before).count());
        before = ask->intended;
    }

    const double many = static_cast<double>(gaps.size());
    double mean = 0;
    double below = 0;
    double squares = 0;
    for (const double gap : gaps) {
        mean += gap / many;
        squares += gap * gap / many;
        if (gap < 1 / rate) below += 1 / many;
    }
    EXPECT_NEAR(many, rate * 1000, 4 * std::sqrt(rate * 1000));
    EXPECT_NEAR(std::sqrt(squares - mean * mean) / mean, 1, 0.03);
    EXPECT_NEAR(below, 1 - std::exp(-1.0), 0.01);
}

TEST(MixedPlan, whoever_lost_the_server_comes_back_spread_over_the_time) {
    std::mt19937_64 chance(1);
    int first_half = 0;
    for (int i = 0; i < 10'000; ++i) {
        const Duration after = reconnect_after(chance, std::chrono::seconds(10));
        ASSERT_GE(after, Duration::zero());
        ASSERT_LE(after, std::chrono::seconds(10));
        if (after < std::chrono::seconds(5)) ++first_half;
    }
    EXPECT_NEAR(first_half, 5000, 250);
}

TEST(MixedPlan, pauses_of_people_are_near_the_usual_one_and_bounded) {
    Day day({}, 2);
    for (int i = 0; i < 10'000; ++i)
        ASSERT_LE(day.pause(std::chrono::seconds(1)), std::chrono::seconds(5));
}

}  // namespace
}  // namespace qrgate::bench
