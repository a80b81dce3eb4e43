// What denials at an address, and texts in an hour, come to.
#include "server/risk.hpp"

#include <gtest/gtest.h>

#include <string>

namespace qrgate {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view office = "203.0.113.9";

class RiskTest : public testing::Test {
protected:
    void deny(const std::string& person) { risk.denied(office, person, now); }
    std::optional<std::chrono::seconds> wait() { return risk.denial_wait(office, now); }

    WallTime now = *parse_time("2026-11-22T08:00:00Z");
    Risk risk{Digest{}, 100};
};

TEST_F(RiskTest, TheThirdDenialSlowsAnAddressDown) {
    deny("p1");
    deny("p1");
    EXPECT_FALSE(wait());
    deny("p1");
    EXPECT_EQ(wait(), 30s);
    EXPECT_FALSE(risk.denial_wait("198.51.100.9", now));
    now += 30s;
    EXPECT_FALSE(wait());
}

TEST_F(RiskTest, DenialsOfManyMakeTheWaitGrow) {
    for (const char* who : {"p1", "p2", "p3"})
        deny(who);
    int others = 0;
    for (const auto next : {60s, 120s, 240s, 480s, 600s, 600s}) {
        now += *wait();
        deny("other" + std::to_string(++others));
        EXPECT_EQ(wait(), next);
    }
    now += 30min;
    deny("p1");
    EXPECT_FALSE(wait()) << "half an hour later nothing of it counts";
}

TEST_F(RiskTest, OnePersonAloneCannotHoldAnAddressDown) {
    std::chrono::seconds waited = 0s;
    for (int i = 0; i < 6 * 60; ++i) {
        deny("p1");
        if (wait()) waited += 10s;
        now += 10s;
    }
    EXPECT_LE(waited, 3min) << "of an hour: three denials in half an hour count, and each makes 30 s at most";
}

TEST_F(RiskTest, NowAndThenADenialInAnOfficeSlowsNobodyDown) {
    for (int i = 0; i < 50; ++i) {
        deny("colleague" + std::to_string(i));
        EXPECT_FALSE(wait()) << i;
        now += 25min;
    }
}

TEST_F(RiskTest, AConfirmedLoginTakesTheOldestDenialAway) {
    deny("p1");
    deny("p2");
    risk.confirmed(office, now);
    deny("p3");
    EXPECT_FALSE(wait());
    deny("p4");
    EXPECT_EQ(wait(), 30s);
    risk.confirmed("198.51.100.9", now);
    EXPECT_TRUE(wait()) << "another address confirms for itself";
    risk.confirmed(office, now);
    EXPECT_FALSE(wait()) << "and ends the wait that had no ground without it";
}

TEST_F(RiskTest, AWaitFromAClockThatWasAheadIsOver) {
    now += 5h;
    for (const char* who : {"p1", "p2", "p3"})
        deny(who);
    ASSERT_TRUE(wait());
    now -= 5h;
    EXPECT_FALSE(wait());
    deny("p4");
    EXPECT_FALSE(wait()) << "nor do denials of the future count";
}

TEST_F(RiskTest, TextsToStrangersAreAtMostHalfOfTheHours) {
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(risk.may_text(Risk::TextTo::stranger, 20, now), i < 10) << i;
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(risk.may_text(Risk::TextTo::person, 20, now), i < 10) << i;
    now += 1h;
    EXPECT_TRUE(risk.may_text(Risk::TextTo::stranger, 20, now));
    now += 1h;
    EXPECT_TRUE(risk.may_text(Risk::TextTo::stranger, 1, now)) << "half of one is one";
    EXPECT_FALSE(risk.may_text(Risk::TextTo::stranger, 1, now));
}

}  // namespace
}  // namespace qrgate
