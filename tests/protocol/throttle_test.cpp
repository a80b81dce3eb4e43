#include "protocol/throttle.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace qrgate {
namespace {

using namespace std::chrono_literals;

const WallTime start{std::chrono::seconds{1'795'000'000}};

// A budget with its row, as storage keeps it.
class Budget {
public:
    explicit Budget(BudgetRule rule) : rule_(rule) {}
    std::optional<std::chrono::seconds> spend_at(WallTime now) {
        const auto verdict = spend(rule_, row_, now);
        if (!verdict.retry_after) row_ = verdict.next;
        return verdict.retry_after;
    }
    int used() const { return row_ ? row_->used : 0; }

private:
    BudgetRule rule_;
    std::optional<BudgetState> row_;
};

BudgetRule three_a_minute() {
    return {.shape = BudgetRule::Shape::window, .limit = 3, .window = 60s};
}
BudgetRule password() {
    return {.shape = BudgetRule::Shape::backoff,
            .limit = 5,
            .window = 24h,
            .first_wait = 30s,
            .max_wait = 3600s,
            .ceiling = 100};
}

TEST(Window, AllowsItsLimitThenSaysWhenItEnds) {
    Budget budget(three_a_minute());

    EXPECT_FALSE(budget.spend_at(start));
    EXPECT_FALSE(budget.spend_at(start + 10s));
    EXPECT_FALSE(budget.spend_at(start + 20s));
    EXPECT_EQ(budget.spend_at(start + 30s), 30s);
    EXPECT_EQ(budget.spend_at(start + 60s - 1us), 1s);
}

TEST(Window, BeginsAnewWithTheFirstUseAfterItsEnd) {
    Budget budget(three_a_minute());
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(budget.spend_at(start + 30s));

    EXPECT_EQ(budget.spend_at(start + 89s), 1s);
    EXPECT_FALSE(budget.spend_at(start + 90s));
    EXPECT_EQ(budget.used(), 1);
}

TEST(Window, IsNotChangedByARefusal) {
    const BudgetState full{.used = 3, .window_ends = start + 10s};

    const auto verdict = spend(three_a_minute(), full, start);

    EXPECT_EQ(verdict.retry_after, 10s);
    EXPECT_EQ(verdict.next.used, 3);
    EXPECT_EQ(verdict.next.window_ends, start + 10s);
}

TEST(Window, WithALimitOfZeroRefusesAlways) {
    EXPECT_EQ(spend({.limit = 0, .window = 60s}, {}, start).retry_after, 60s);
}

TEST(Backoff, LetsTheFreeUsesPassAtOnce) {
    Budget budget(password());
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(budget.spend_at(start)) << i;

    EXPECT_EQ(budget.spend_at(start), 30s);
    EXPECT_EQ(budget.used(), 5);
}

TEST(Backoff, DoublesItsWaitUpToTheLongest) {
    Budget budget(password());
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(budget.spend_at(start));

    WallTime now = start;
    for (const auto wait :
         std::vector<std::chrono::seconds>{30s, 60s, 120s, 240s, 480s, 960s, 1920s, 3600s, 3600s}) {
        EXPECT_EQ(budget.spend_at(now), wait);
        EXPECT_EQ(budget.spend_at(now + wait - 1us), 1s);
        now += wait;
        EXPECT_FALSE(budget.spend_at(now)) << wait.count();
    }
}

TEST(Backoff, RefusesAfterItsCeilingUntilForgotten) {
    Budget budget(password());
    WallTime now = start;
    for (int i = 0; i < 100; ++i, now += 1h)
        EXPECT_FALSE(budget.spend_at(now)) << i;

    EXPECT_EQ(budget.spend_at(now), 23h);
    EXPECT_EQ(budget.used(), 100);
}

TEST(Backoff, IsForgottenAfterAnIdleWindow) {
    Budget budget(password());
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(budget.spend_at(start));

    EXPECT_FALSE(budget.spend_at(start + 24h));
    EXPECT_EQ(budget.used(), 1);
}

TEST(Backoff, IsNotForgottenWhileItBlocks) {
    const BudgetRule rule{
        .shape = BudgetRule::Shape::backoff, .limit = 1, .window = 10s, .first_wait = 60s, .max_wait = 60s};
    Budget budget(rule);
    EXPECT_FALSE(budget.spend_at(start));

    EXPECT_EQ(budget.spend_at(start + 20s), 40s);
}

TEST(Backoff, DoesNotOverflowHoweverOftenItIsUsed) {
    BudgetRule rule = password();
    rule.ceiling = 0;
    const BudgetState often{.used = 2'000'000, .window_ends = start + 1h};

    const auto verdict = spend(rule, often, start);

    EXPECT_FALSE(verdict.retry_after);
    EXPECT_EQ(verdict.next.blocked_until, start + 3600s);
}

}  // namespace
}  // namespace qrgate
