// The sealer's rounds: what it does with a ledger that is held, fails, comes back or was cut off; and the
// throttle of rows about refusals.
#include "server/audit_sealer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/audit_anchor.hpp"
#include "server/audit_throttle.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "tests/server/fake_ledger.hpp"
#include "tests/server/support.hpp"

namespace qrgate::tests {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const WallTime t0 = *parse_time("2026-11-22T08:00:00Z");

class Sealing : public testing::Test {
protected:
    void round(AuditSealer& of) {
        io.restart();
        asio::co_spawn(io, of.round(), [](std::exception_ptr error) {
            if (error) std::rethrow_exception(error);
        });
        io.run();
    }
    void round() { round(sealer); }
    std::optional<AuditAnchor> anchor() { return read_audit_anchor(file); }
    AuditSealerOptions options() { return {sha256(as_bytes("key")), file, std::chrono::days(365)}; }

    Folder folder;
    std::filesystem::path file = audit_anchor_file(folder.path());
    asio::io_context io;
    MovableClock clock{t0};
    std::vector<std::string> lines;
    Log log{clock, LogLevel::trace, LogFormat::text,
            [this](std::string_view line) { lines.emplace_back(line); }};
    Metrics metrics;
    FakeLedger ledger;
    AuditSealer sealer{io.get_executor(), ledger, clock, log, metrics, options()};
};

TEST_F(Sealing, SealsWhatIsThereAndKeepsTheEndInTheDataFolder) {
    ledger.happens("first", std::nullopt, t0);
    round();
    ledger.happens("second", std::nullopt, t0);
    round();

    ASSERT_EQ(ledger.seals_.size(), 2U);
    ASSERT_TRUE(anchor());
    EXPECT_EQ(anchor()->seal, 2);
    EXPECT_EQ(anchor()->digest, ledger.seals_.back().digest);
    EXPECT_THAT(metrics.text(), HasSubstr("qrgate_audit_sealed_total 2"));
    EXPECT_THAT(metrics.text(), HasSubstr("qrgate_audit_unsealed_rows 0"));
    EXPECT_THAT(lines, Contains(HasSubstr("audit_sealed seal=1")));
}

TEST_F(Sealing, MakesManySealsARoundButNotForEver) {
    for (int i = 0; i < 25'000; ++i)
        ledger.happens("event");

    round();

    EXPECT_EQ(ledger.seals_.size(), 10U);
    EXPECT_THAT(metrics.text(), HasSubstr("qrgate_audit_unsealed_rows 5000"));
}

TEST_F(Sealing, StandsByWhileAnotherSealsAndTellsHowMuchWaits) {
    ledger.happens("first", std::nullopt, t0 - std::chrono::seconds(40));
    ledger.held_elsewhere = true;

    round();

    EXPECT_THAT(ledger.seals_, IsEmpty());
    EXPECT_THAT(metrics.text(), HasSubstr("qrgate_audit_unsealed_rows 1"));
    EXPECT_THAT(metrics.text(), HasSubstr("qrgate_audit_unsealed_seconds 40"));
    EXPECT_FALSE(anchor());
}

TEST_F(Sealing, IsLateWhileTheDatabaseIsAwayAndSaysSoOnce) {
    ledger.happens("first");
    ledger.failing = Errc::database_unavailable;
    round();
    round();
    EXPECT_THAT(lines, ElementsAre(HasSubstr("audit_sealing_late")));
    ledger.failing.reset();

    round();

    EXPECT_EQ(ledger.seals_.size(), 1U);
    EXPECT_THAT(lines, Contains(HasSubstr("audit_sealing_back")));
}

TEST_F(Sealing, LetsOldRowsGoOnceAnHour) {
    round();
    round();
    EXPECT_EQ(ledger.retirements, 1);
    EXPECT_EQ(ledger.retired_before, t0 - std::chrono::days(365));
    clock.advance(std::chrono::hours(1));

    round();

    EXPECT_EQ(ledger.retirements, 2);
}

TEST_F(Sealing, GoesOnAfterAClockThatWasAheadIsPutRight) {
    clock.advance(std::chrono::hours(1000));
    ledger.happens("ahead", std::nullopt, clock.now());
    round();
    round();
    EXPECT_EQ(ledger.retirements, 1);
    clock.advance(-std::chrono::hours(1000));
    lines.clear();
    ledger.happens("right", std::nullopt, clock.now());

    round();

    EXPECT_EQ(ledger.retirements, 2);
    EXPECT_THAT(lines, Contains(HasSubstr("audit_sealed seal=2")));
}

TEST_F(Sealing, AnEndThatWasCutOffIsSaidAndItsAnchorStays) {
    write_audit_anchor(file, {.seal = 7, .digest = sha256(as_bytes("seen")), .sealed_at = t0});
    ledger.happens("first");
    AuditSealer fresh{io.get_executor(), ledger, clock, log, metrics, options()};

    round(fresh);
    ledger.happens("second");
    round(fresh);

    EXPECT_THAT(lines, Contains(HasSubstr("audit_chain_cut seal=0 seen=7")));
    EXPECT_EQ(ledger.seals_.size(), 2U);
    EXPECT_EQ(anchor()->seal, 7);
}

TEST_F(Sealing, AnAnchorThatFitsGoesOn) {
    ledger.happens("first");
    round();
    AuditSealer restarted{io.get_executor(), ledger, clock, log, metrics, options()};
    ledger.happens("second");

    round(restarted);

    EXPECT_THAT(lines, Not(Contains(HasSubstr("audit_chain_cut"))));
    EXPECT_EQ(anchor()->seal, 2);
}

TEST_F(Sealing, StopsWithALastSeal) {
    ledger.happens("first");
    asio::co_spawn(io, sealer.run(), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    });
    io.restart();
    while (ledger.seals_.empty())
        io.run_one();
    ledger.happens("written while it stops");
    sealer.stop();
    io.run();

    EXPECT_EQ(ledger.seals_.size(), 2U);
}

TEST(AuditAnchorFile, IsReadAsItWasWrittenAndNothingElseIs) {
    Folder folder;
    const auto file = audit_anchor_file(folder.path());
    EXPECT_FALSE(read_audit_anchor(file));
    ASSERT_TRUE(write_audit_anchor(file, {.seal = 3, .digest = sha256(as_bytes("x")), .sealed_at = t0}));
    EXPECT_EQ(read_audit_anchor(file)->digest, sha256(as_bytes("x")));
    for (const char* text : {"", "3", "0 00 2026-11-22T08:00:00Z", "3 nothex 2026-11-22T08:00:00Z"}) {
        std::ofstream(file, std::ios::trunc) << text;
        EXPECT_FALSE(read_audit_anchor(file)) << text;
    }
}

TEST(AuditThrottle, LetsTheFirstOfAKindAndAPersonThroughInAnHour) {
    AuditThrottle throttle(10);

    EXPECT_TRUE(throttle.is_first("kind", "lin", t0));
    EXPECT_FALSE(throttle.is_first("kind", "lin", t0 + std::chrono::minutes(59)));
    EXPECT_TRUE(throttle.is_first("kind", "hao", t0));
    EXPECT_TRUE(throttle.is_first("other", "lin", t0));
    EXPECT_TRUE(throttle.is_first("kind", "lin", t0 + std::chrono::hours(1)));
}

TEST(AuditThrottle, IsBoundedAndOneKindPushesOutNoOther) {
    AuditThrottle throttle(100);
    for (int i = 0; i < 1000; ++i)
        throttle.is_first("flood", std::to_string(i), t0);

    EXPECT_FALSE(throttle.is_first("flood", "another", t0));
    EXPECT_TRUE(throttle.is_first("quiet", "lin", t0));
    EXPECT_TRUE(throttle.is_first("flood", "another", t0 + std::chrono::hours(1)));
}

TEST(AuditThrottle, ForgetsWhatIsTakenBackAndNothingElse) {
    AuditThrottle throttle(2);
    throttle.is_first("kind", "lin", t0);
    throttle.is_first("kind", "nobody", t0);
    EXPECT_EQ(throttle.look("kind", "hao", t0), AuditThrottle::Seen::full);

    throttle.take_back("kind", "nobody");
    throttle.take_back("kind", "nobody");
    throttle.take_back("other", "nobody");

    EXPECT_EQ(throttle.look("kind", "hao", t0), AuditThrottle::Seen::first);
    EXPECT_EQ(throttle.look("kind", "lin", t0), AuditThrottle::Seen::again);
    EXPECT_TRUE(throttle.is_first("kind", "lin", t0 + std::chrono::hours(1)));
}

}  // namespace
}  // namespace qrgate::tests
