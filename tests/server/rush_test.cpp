#include "server/rush.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

TEST(Rush, IsOverInTheFirstCalmSecond) {
    Rush rush;
    EXPECT_FALSE(rush.is_over(0));
    EXPECT_FALSE(rush.is_over(150));
    EXPECT_FALSE(rush.is_over(2000));
    EXPECT_TRUE(rush.is_over(2003));
    EXPECT_FALSE(rush.is_over(2003));
}

TEST(Rush, IsNotOverWhileManyCome) {
    Rush rush;
    for (std::uint64_t second = 1; second <= 60; ++second)
        EXPECT_FALSE(rush.is_over(second * Rush::few));
}

TEST(Rush, IsNoneWhereAFewComeNowAndThen) {
    Rush rush;
    for (std::uint64_t accepted = 0; accepted < Rush::many; ++accepted)
        EXPECT_FALSE(rush.is_over(accepted));
}

TEST(Rush, OfAFewEachSecondEndsWhenTheyWereMany) {
    Rush rush;
    int ends = 0;
    for (std::uint64_t accepted = 0; accepted < 10 * Rush::many; accepted += Rush::few / 2)
        ends += rush.is_over(accepted) ? 1 : 0;
    EXPECT_EQ(ends, 9);
}

}  // namespace
}  // namespace qrgate
