// Many seeds, many stories: what must always hold, holds after each step, and at the end nothing is left
// over. One seed alone: QRGATE_SIMULATION_SEED=n. More than fifty: QRGATE_SIMULATION_SEEDS=n.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/simulation/invariants.hpp"
#include "tests/simulation/world.hpp"

namespace qrgate::tests::simulation {
namespace {

constexpr int steps = 250;
constexpr std::uint64_t parts = 10;  // ctest runs them side by side

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Told {
    std::size_t sessions = 0;
    int refusals = 0;
    int lost = 0;
    std::uint64_t failures = 0;
};

void tell(std::uint64_t seed, Told& told) {
    World world(seed, weather_of(seed));
    std::vector<Broken> broken;
    int step = 0;
    try {
        while (step < steps && broken.empty()) {
            world.step();
            ++step;
            broken = broken_rules(world);
        }
        if (broken.empty()) {
            world.comes_to_rest();
            broken = broken_at_rest(world);
        }
    } catch (const std::exception& error) {
        broken.push_back({"The story can be told.", error.what()});
    }
    EXPECT_TRUE(broken.empty()) << text_of(broken) << "seed " << seed << ", step " << step << "\n"
                                << world.last_moves() << "again: QRGATE_SIMULATION_SEED=" << seed
                                << " simulation_tests --gtest_filter='*KeepTheirPromises/0'";
    told.sessions += world.record.given.size();
    told.refusals += world.record.refusals;
    told.lost += world.record.lost_answers;
    told.failures += world.failing().failures();
}

class Worlds : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Part, Worlds, testing::Range<std::uint64_t>(0, parts));

TEST_P(Worlds, KeepTheirPromises) {
    const std::uint64_t one = number_in("QRGATE_SIMULATION_SEED", 0);
    const std::uint64_t seeds = number_in("QRGATE_SIMULATION_SEEDS", 50);
    if (one != 0 && GetParam() != 0) GTEST_SKIP() << "one seed was asked for";
    Told told;

    if (one != 0) tell(one, told);
    for (std::uint64_t seed = GetParam() + 1; one == 0 && seed <= seeds && !HasFailure(); seed += parts)
        tell(seed, told);

    std::printf("%zu logins, %d refusals, %d answers lost, %llu failures of storage\n", told.sessions,
                told.refusals, told.lost, static_cast<unsigned long long>(told.failures));
    // A story in which nothing happens proves nothing.
    if (one == 0) {
        EXPECT_GT(told.sessions, 2U);
        EXPECT_GT(told.refusals, 50);
    }
}

TEST(WorldsAgain, TheSameSeedTellsTheSameStory) {
    std::string stories[2];
    for (std::string& story : stories) {
        World world(11, weather_of(11));
        for (int step = 0; step < 120; ++step) {
            world.step();
            story += world.last_moves();
        }
    }

    EXPECT_EQ(stories[0], stories[1]);
}

}  // namespace
}  // namespace qrgate::tests::simulation
