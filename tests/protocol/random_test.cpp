#include "protocol/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>

#include "tests/seeded_random.hpp"

namespace qrgate {
namespace {

// Gives the octets it was told to.
class Scripted : public Random {
public:
    explicit Scripted(std::deque<std::uint8_t> octets) : octets_(std::move(octets)) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& octet : out) {
            octet = octets_.at(0);
            octets_.pop_front();
        }
    }
    bool all_used() const { return octets_.empty(); }

private:
    std::deque<std::uint8_t> octets_;
};

TEST(Below, DrawsAgainWhereAResultWouldBeFavoured) {
    Scripted random({0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 13});

    EXPECT_EQ(random.below(10), 3U);
    EXPECT_TRUE(random.all_used());
}

TEST(Below, StaysBelowAndReachesEveryResult) {
    test::SeededRandom random(7);
    for (const std::uint32_t bound : {1U, 2U, 7U, 30U}) {
        std::vector<bool> seen(bound, false);
        for (int i = 0; i < 2000; ++i) {
            const auto value = random.below(bound);
            ASSERT_LT(value, bound);
            seen[value] = true;
        }
        EXPECT_THAT(seen, testing::Each(true)) << bound;
    }
}

}  // namespace
}  // namespace qrgate
