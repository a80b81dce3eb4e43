#include "server/timer_wheel.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::uint64_t>;

const WallTime start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};

Ids due(TimerWheel& wheel, WallTime now) {
    Ids ids;
    wheel.take_due(now, ids);
    return ids;
}

TEST(TimerWheel, GivesNothingBeforeItsTimeAndEverythingOnce) {
    TimerWheel wheel(start);
    wheel.add(1, start + 10s);

    EXPECT_EQ(due(wheel, start + 9999ms), Ids{});
    EXPECT_EQ(due(wheel, start + 10s), Ids{1});
    EXPECT_EQ(due(wheel, start + 20s), Ids{});
    EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimerWheel, TellsTimesOfTheSameTickApart) {
    TimerWheel wheel(start);
    wheel.add(1, start + 10ms);
    wheel.add(2, start + 20ms);

    EXPECT_EQ(due(wheel, start + 15ms), Ids{1});
    EXPECT_EQ(due(wheel, start + 25ms), Ids{2});
}

TEST(TimerWheel, KeepsWhatIsFurtherThanOneTurn) {
    TimerWheel wheel(start);
    wheel.add(1, start + 300s);

    EXPECT_EQ(due(wheel, start + 172s), Ids{});  // the same slot, one turn earlier
    EXPECT_EQ(due(wheel, start + 300s), Ids{1});
}

TEST(TimerWheel, SurvivesAJumpOverManyTurns) {
    TimerWheel wheel(start);
    for (std::uint64_t id = 1; id <= 600; ++id)
        wheel.add(id, start + id * 1s);

    EXPECT_EQ(due(wheel, start + 24h).size(), 600u);
}

TEST(TimerWheel, TakesWhatIsDueAlready) {
    TimerWheel wheel(start);
    due(wheel, start + 100s);
    wheel.add(1, start + 1s);

    EXPECT_EQ(due(wheel, start + 100s), Ids{1});
}

TEST(TimerWheel, GoesOnAfterAStepBackward) {
    TimerWheel wheel(start);
    due(wheel, start + 1h);
    wheel.add(1, start + 1h + 5s);

    EXPECT_EQ(due(wheel, start), Ids{});
    wheel.add(2, start + 5s);
    EXPECT_EQ(due(wheel, start + 5s), Ids{2});
    EXPECT_EQ(due(wheel, start + 1h + 5s), Ids{1});
}

}  // namespace
}  // namespace qrgate
