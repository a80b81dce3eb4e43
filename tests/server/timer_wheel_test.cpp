#include "server/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace qrgate {
namespace {

using Ids = std::vector<RowNo>;

// Rows that are nothing but a time.
class Wheel {
public:
    Wheel() : wheel_(Rows{this}, 0) {}

    void put(RowNo row, Moment due) {
        rows_.resize(std::max<std::size_t>(rows_.size(), row + 1));
        rows_[row].due = due;
        wheel_.put(row);
    }
    void take(RowNo row) { wheel_.take(row); }
    void move(RowNo row, Moment due) { rows_[row].due = due; }
    Ids due(Moment now, std::size_t most = 1000) {
        Ids out;
        all_ = wheel_.take_due(now, most, out);
        std::ranges::sort(out);
        return out;
    }
    bool were_all() const { return all_; }
    std::size_t count_due(Moment now) { return wheel_.count_due(now); }
    std::size_t size() const { return wheel_.size(); }

private:
    struct Row {
        Moment due = 0;
        WheelLinks links{};
    };
    struct Rows {
        Wheel* wheel;
        WheelLinks& links(RowNo row) const { return wheel->rows_[row].links; }
        Moment due(RowNo row) const { return wheel->rows_[row].due; }
    };
    std::vector<Row> rows_;
    TimerWheel<Rows> wheel_;
    bool all_ = true;
};

constexpr Moment second = 16;
constexpr Moment hour = 3600 * second;

TEST(TimerWheel, CountsWhatItWouldGive) {
    Wheel wheel;
    wheel.put(1, 10 * second);
    wheel.put(2, 10 * second + 1);
    wheel.put(3, 200 * second);
    wheel.put(4, 5 * second);
    wheel.move(4, 20 * second);

    EXPECT_EQ(wheel.count_due(10 * second), 1u);
    EXPECT_EQ(wheel.count_due(10 * second + 1), 2u);
    EXPECT_EQ(wheel.count_due(20 * second), 3u);
    EXPECT_EQ(wheel.count_due(hour), 4u);
    EXPECT_EQ(wheel.due(hour, 3).size(), 3u);
    EXPECT_EQ(wheel.count_due(hour), 1u);
    EXPECT_EQ(wheel.count_due(5 * second), 0u) << "the clock went back";
}

TEST(TimerWheel, GivesNothingBeforeItsTimeAndEverythingOnce) {
    Wheel wheel;
    wheel.put(1, 10 * second);

    EXPECT_EQ(wheel.due(10 * second - 1), Ids{});
    EXPECT_EQ(wheel.due(10 * second), Ids{1});
    EXPECT_EQ(wheel.due(20 * second), Ids{});
    EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimerWheel, TellsTimesOfTheSameTickApart) {
    Wheel wheel;
    wheel.put(1, 1);
    wheel.put(2, 3);

    EXPECT_EQ(wheel.due(2), Ids{1});
    EXPECT_EQ(wheel.due(3), Ids{2});
}

TEST(TimerWheel, KeepsWhatIsFurtherThanOneTurn) {
    Wheel wheel;
    wheel.put(1, 300 * second);

    EXPECT_EQ(wheel.due(172 * second), Ids{});  // the same slot, one turn earlier
    EXPECT_EQ(wheel.due(300 * second), Ids{1});
}

TEST(TimerWheel, SurvivesAJumpOverManyTurns) {
    Wheel wheel;
    for (RowNo row = 1; row <= 600; ++row)
        wheel.put(row, row * second);

    EXPECT_EQ(wheel.due(24 * hour).size(), 600u);
}

TEST(TimerWheel, TakesWhatIsDueAlready) {
    Wheel wheel;
    wheel.due(100 * second);
    wheel.put(1, second);

    EXPECT_EQ(wheel.due(100 * second), Ids{1});
}

TEST(TimerWheel, GoesOnAfterAStepBackward) {
    Wheel wheel;
    wheel.due(2 * hour);
    wheel.put(1, 2 * hour + 5 * second);

    EXPECT_EQ(wheel.due(hour), Ids{});
    wheel.put(2, hour + 5 * second);
    EXPECT_EQ(wheel.due(hour + 5 * second), Ids{2});
    EXPECT_EQ(wheel.due(2 * hour + 5 * second), Ids{1});
}

TEST(TimerWheel, TakesARowOutFromAnywhere) {
    Wheel wheel;
    for (RowNo row = 1; row <= 5; ++row)
        wheel.put(row, second);
    wheel.take(5);
    wheel.take(3);
    wheel.take(1);
    wheel.take(3);

    EXPECT_EQ(wheel.due(second), (Ids{2, 4}));
}

TEST(TimerWheel, HasARowOnceThoughItIsPutAgain) {
    Wheel wheel;
    wheel.put(1, 10 * second);
    wheel.put(1, 5 * second);

    EXPECT_EQ(wheel.size(), 1u);
    EXPECT_EQ(wheel.due(5 * second), Ids{1});
    EXPECT_EQ(wheel.due(10 * second), Ids{});
}

TEST(TimerWheel, FindsARowThatBecameDueLater) {
    Wheel wheel;
    wheel.put(1, 5 * second);
    wheel.move(1, 50 * second);

    EXPECT_EQ(wheel.due(5 * second), Ids{});
    EXPECT_EQ(wheel.due(50 * second), Ids{1});
}

TEST(TimerWheel, GivesNoMoreThanAskedForAndTheRestNextTime) {
    Wheel wheel;
    for (RowNo row = 0; row < 25; ++row)
        wheel.put(row, row);

    EXPECT_EQ(wheel.due(second * 10, 10).size(), 10u);
    EXPECT_FALSE(wheel.were_all());
    EXPECT_EQ(wheel.due(second * 10, 10).size(), 10u);
    EXPECT_FALSE(wheel.were_all());
    EXPECT_EQ(wheel.due(second * 10, 10).size(), 5u);
    EXPECT_TRUE(wheel.were_all());
}

}  // namespace
}  // namespace qrgate
