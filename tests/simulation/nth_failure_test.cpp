// Every call that a scenario makes of storage fails once, before its commit and after it. The answer is one
// of docs/protocol.md, what was answered with success is there, the person who tries again gets what they
// came for, nothing is granted twice and nothing is left over.
#include <gtest/gtest.h>

#include <string>

#include "tests/simulation/invariants.hpp"
#include "tests/simulation/scenarios.hpp"

namespace qrgate::tests::simulation {
namespace {

constexpr int tries_at_most = 4;

// The error that ended the try, as a line; empty when it went well.
std::string attempt(Scene& scene, const Scenario& scenario) {
    ++scene.tries;
    try {
        scenario.attempt(scene);
    } catch (const Refused& refused) {
        return std::to_string(refused.answer.status) + " " + code_of(refused.answer);
    }
    return "";
}

// How many calls of storage the scenario makes when nothing fails.
std::uint64_t calls_of(const Scenario& scenario) {
    Scene scene;
    scenario.ready(scene);
    const auto before = scene.failing().calls();
    EXPECT_EQ(attempt(scene, scenario), "");
    const auto calls = scene.failing().calls() - before;
    EXPECT_TRUE(scenario.reached(scene));
    return calls;
}

void fails_at(const Scenario& scenario, std::uint64_t n, Fate fate) {
    Scene scene;
    scenario.ready(scene);
    std::uint64_t call = 0;
    std::string failed = "no verb";
    scene.failing().fate = [&](std::string_view verb) {
        if (++call != n) return Fate::done;
        failed = verb;
        return fate;
    };

    const std::string first = attempt(scene, scenario);

    SCOPED_TRACE(failed + " failed " + (fate == Fate::not_done ? "before" : "after") +
                 " its commit; answer: " + first);
    const std::string_view away = fate == Fate::timed_out ? "503 busy" : "503 database_unavailable";
    EXPECT_TRUE(first.empty() || first == away || first == "403 code_wrong") << first;
    bool reached = scenario.reached(scene);
    if (first.empty()) {
        EXPECT_TRUE(reached) << "what was confirmed is lost";
    }
    std::string last;
    while (!reached && scene.tries < tries_at_most) {
        scene.advance(std::chrono::seconds(61));
        last = attempt(scene, scenario);
        reached = scenario.reached(scene);
    }
    EXPECT_TRUE(reached) << "who tries again does not get there: " << last;
    EXPECT_LE(scene.tries, 3) << "one more try must do, two when a code was lost";
    scene.comes_to_rest();
    scene.advance(scenario.lives_on);
    EXPECT_EQ(text_of(broken_at_rest(scene)), "");
}

class NthFailure : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Of, NthFailure, testing::Range<std::size_t>(0, scenarios().size()));

TEST_P(NthFailure, LosesNothingAndGrantsNothingTwice) {
    const Scenario& scenario = scenarios()[GetParam()];
    SCOPED_TRACE(std::string(scenario.name));
    const auto calls = calls_of(scenario);
    ASSERT_GT(calls, 0U);

    for (std::uint64_t n = 1; n <= calls; ++n)
        for (const Fate fate : {Fate::not_done, Fate::in_doubt, Fate::timed_out})
            fails_at(scenario, n, fate);

    std::printf("%.*s: %llu calls of storage, each failed three ways\n",
                static_cast<int>(scenario.name.size()), scenario.name.data(),
                static_cast<unsigned long long>(calls));
}

}  // namespace
}  // namespace qrgate::tests::simulation
