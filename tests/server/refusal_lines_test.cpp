// How many log lines a flood of refusals writes.
#include "server/refusal_lines.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

using namespace std::chrono_literals;

const WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h};

TEST(RefusalLines, OtherAnswersAreAlwaysWritten) {
    RefusalLines lines(2);
    for (int i = 0; i < 100; ++i)
        for (const int status : {200, 204, 401, 403, 404, 500})
            EXPECT_EQ(lines.take(status, noon), 0U);
}

TEST(RefusalLines, AFloodWritesSoManyInASecondAndTheNextOneSaysHowManyWereLeftOut) {
    RefusalLines lines(3);
    int written = 0;
    for (int i = 0; i < 100; ++i)
        written += lines.take(i % 2 == 0 ? 429 : 503, noon) ? 1 : 0;
    EXPECT_EQ(written, 3);
    EXPECT_EQ(lines.take(200, noon), 0U) << "an answer that is no refusal says nothing of them";

    EXPECT_EQ(lines.take(429, noon + 1s), 97U);
    EXPECT_EQ(lines.take(429, noon + 1s), 0U) << "said once";
}

TEST(RefusalLines, ASecondIsOneOfTheClockHoweverTheFloodFallsIntoIt) {
    RefusalLines lines(1);
    EXPECT_TRUE(lines.take(503, noon + 999ms));
    EXPECT_TRUE(lines.take(503, noon + 1000ms));
    EXPECT_FALSE(lines.take(503, noon + 1999ms));
    EXPECT_TRUE(lines.take(503, noon)) << "a clock that was put back begins a second, too";
}

}  // namespace
}  // namespace qrgate
