#include "storage/pool_plan.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

using namespace std::chrono_literals;

TEST(PoolPlan, KeepsOneConnectionReadyWhenNobodyWaits) {
    EXPECT_EQ(connections_to_open({.limit = 3}), 1u);
    EXPECT_EQ(connections_to_open({.limit = 3, .open = 1}), 0u);
}

TEST(PoolPlan, OpensOneForEachWaiterThatHasNoneOnTheWay) {
    EXPECT_EQ(connections_to_open({.limit = 8, .open = 1, .connecting = 1, .waiting = 3}), 2u);
    EXPECT_EQ(connections_to_open({.limit = 8, .open = 1, .connecting = 3, .waiting = 3}), 0u);
}

TEST(PoolPlan, NeverExceedsItsLimit) {
    for (std::size_t open = 0; open <= 4; ++open) {
        for (std::size_t connecting = 0; connecting + open <= 4; ++connecting) {
            const PoolView pool{.limit = 4, .open = open, .connecting = connecting, .waiting = 100};
            EXPECT_LE(open + connecting + connections_to_open(pool), 4u);
        }
    }
}

TEST(PoolPlan, ProbesWithOneConnectionAfterAFailure) {
    EXPECT_EQ(connections_to_open({.limit = 4, .waiting = 4, .failing = true, .may_retry = true}), 1u);
    EXPECT_EQ(connections_to_open({.limit = 4, .connecting = 1, .waiting = 4, .failing = true}), 0u);
}

TEST(PoolPlan, WaitsForTheBackOffAfterAFailure) {
    EXPECT_EQ(connections_to_open({.limit = 4, .waiting = 4, .failing = true, .may_retry = false}), 0u);
}

TEST(PoolPlan, DoublesTheBackOffUpToTheMost) {
    EXPECT_EQ(next_back_off(0ms, 100ms, 1000ms), 100ms);
    EXPECT_EQ(next_back_off(100ms, 100ms, 1000ms), 200ms);
    EXPECT_EQ(next_back_off(800ms, 100ms, 1000ms), 1000ms);
    EXPECT_EQ(next_back_off(1000ms, 100ms, 1000ms), 1000ms);
}

}  // namespace
}  // namespace qrgate
