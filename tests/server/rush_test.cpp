#include "server/rush.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

TEST(Rush, IsOverInTheFirstCalmSecond) {
    Rush rush;
    EXPECT_FALSE(rush.is_over(0, 0));
    EXPECT_FALSE(rush.is_over(150, 0));
    EXPECT_FALSE(rush.is_over(2000, 0));
    EXPECT_TRUE(rush.is_over(2003, 0));
    EXPECT_FALSE(rush.is_over(2003, 0));
}

TEST(Rush, IsNotOverWhileManyAreServed) {
    Rush rush;
    EXPECT_FALSE(rush.is_over(2000, 300));
    EXPECT_FALSE(rush.is_over(2000, Rush::few));
    EXPECT_TRUE(rush.is_over(2000, Rush::few - 1));
}

TEST(Rush, IsNotOverWhileManyCome) {
    Rush rush;
    for (std::uint64_t second = 1; second <= 60; ++second)
        EXPECT_FALSE(rush.is_over(second * Rush::few, 0));
}

TEST(Rush, IsNoneWhereAFewComeNowAndThen) {
    Rush rush;
    for (std::uint64_t accepted = 0; accepted < Rush::many; ++accepted)
        EXPECT_FALSE(rush.is_over(accepted, 0));
}

TEST(Rush, OfAFewEachSecondEndsWhenTheyWereMany) {
    Rush rush;
    int ends = 0;
    for (std::uint64_t accepted = 0; accepted < 10 * Rush::many; accepted += Rush::few / 2)
        ends += rush.is_over(accepted, 0) ? 1 : 0;
    EXPECT_EQ(ends, 9);
}

}  // namespace
}  // namespace qrgate
