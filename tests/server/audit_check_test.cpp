// The check of the chain, and the export, over a ledger that tests bend.
#include "server/audit_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "server/audit_export.hpp"
#include "server/standard_events.hpp"
#include "storage/task.hpp"
#include "tests/server/fake_ledger.hpp"
#include "tests/server/support.hpp"

namespace qrgate::tests {
namespace {

using std::chrono::days;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const WallTime t0 = *parse_time("2026-11-22T08:00:00Z");

class AuditChain : public testing::Test {
protected:
    // Three seals of two rows each, a day apart, and a row behind them.
    AuditChain() {
        for (int seal = 0; seal < 3; ++seal) {
            ledger.happens("a", "person", t0);
            ledger.happens("b", std::nullopt, t0);
            run(ledger.seal(key, t0 + days(seal), 100));
        }
        ledger.happens("unsealed", std::nullopt, t0);
    }
    template <class T>
    T run(Task<Result<T>> work) {
        asio::io_context io;
        std::optional<Result<T>> done;
        asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, Result<T> result) {
            if (error) std::rethrow_exception(error);
            done.emplace(std::move(result));
        });
        io.run();
        return std::move(*done).value();
    }
    AuditVerdict verify() { return run(check_audit(ledger, check)); }

    Digest key = sha256(as_bytes("key"));
    FakeLedger ledger;
    AuditCheck check{.key = key, .now = t0 + days(3)};
};

TEST_F(AuditChain, IsFineAsItWasWritten) {
    const AuditVerdict verdict = verify();

    EXPECT_TRUE(verdict.right());
    EXPECT_EQ(verdict.seals, 3);
    EXPECT_EQ(verdict.rows, 6);
    EXPECT_EQ(verdict.unsealed, 1);
}

TEST_F(AuditChain, NamesAChangedRow) {
    ledger.rows_[2].row.event.outcome = "credentials_wrong";

    EXPECT_THAT(verify().faults, ElementsAre("row 3 was changed after seal 2"));
}

TEST_F(AuditChain, TellsNobodyFromAnEmptyPerson) {
    ledger.rows_[3].row.event.person_id = "";

    EXPECT_THAT(verify().faults, ElementsAre("row 4 was changed after seal 2"));
}

TEST_F(AuditChain, NamesAMissingRow) {
    ledger.rows_.erase(ledger.rows_.begin() + 2);

    EXPECT_THAT(verify().faults, ElementsAre("row 3 is missing: seal 2 covers it"));
}

TEST_F(AuditChain, NamesARowThatWasPutIn) {
    ChainRow it = ledger.rows_[2];
    it.place.number = 1000;
    ledger.rows_.insert(ledger.rows_.begin() + 3, it);

    EXPECT_THAT(verify().faults, ElementsAre("row 1000 was put in later: seal 2 does not know it"));
}

TEST_F(AuditChain, FindsRowsThatChangedPlaces) {
    std::swap(ledger.rows_[2].row, ledger.rows_[3].row);

    EXPECT_EQ(verify().fault_count, 2);
}

TEST_F(AuditChain, FindsAMissingSealAndOneThatSomebodyElseMade) {
    FakeLedger whole = ledger;
    ledger.seals_.erase(ledger.seals_.begin() + 1);
    EXPECT_THAT(verify().faults, testing::Contains("after seal 1 comes seal 3: what was between is missing"));

    ledger.seals_ = whole.seals_;
    ledger.seals_[1].mac = seal_mac(sha256(as_bytes("another key")), ledger.seals_[1]);
    EXPECT_THAT(verify().faults, ElementsAre("seal 2 was not made with this installation's key"));
}

// All digests right again, as far as that goes without the key.
TEST_F(AuditChain, FindsAChainThatWasMadeAnewWithoutTheKey) {
    ledger.seals_.clear();
    ledger.rows_[2].row.event.outcome = "credentials_wrong";
    run(ledger.seal(sha256(as_bytes("another key")), t0, 100));

    EXPECT_THAT(verify().faults, ElementsAre("seal 1 was not made with this installation's key"));
}

TEST_F(AuditChain, FindsACutOffEndByTheAnchor) {
    check.anchor = AuditAnchor{.seal = 3, .digest = ledger.seals_[2].digest, .sealed_at = t0 + days(2)};
    EXPECT_TRUE(verify().right());

    ledger.seals_.pop_back();
    ledger.rows_.resize(4);

    EXPECT_THAT(verify().faults, ElementsAre(HasSubstr("this node has seen seal 3")));
}

TEST_F(AuditChain, FindsAnEndThatIsNotTheOneThatWasSeen) {
    check.anchor = AuditAnchor{.seal = 3, .digest = sha256(as_bytes("another")), .sealed_at = t0};

    EXPECT_THAT(verify().faults, ElementsAre(HasSubstr("seal 3 is not the one this node has seen")));
}

TEST_F(AuditChain, BeginsWhereRetentionLeftIt) {
    ledger.let_go(1);
    check.now = t0 + days(400);

    const AuditVerdict verdict = verify();

    EXPECT_THAT(verdict.faults, IsEmpty());
    EXPECT_EQ(verdict.rows, 4);
    ledger.rows_.insert(ledger.rows_.begin(), {.place = {1, 1}});
    EXPECT_THAT(verify().faults, ElementsAre("1 rows stand before the beginning of the chain"));
}

TEST_F(AuditChain, FindsRowsThatWentTooEarly) {
    ledger.let_go(2);

    EXPECT_THAT(verify().faults, ElementsAre(HasSubstr("though they were to be kept")));
}

TEST_F(AuditChain, ChecksAPartByTheTimeOfSealing) {
    ledger.rows_[0].row.event.outcome = "changed in seal 1";
    check.from = t0 + days(1);
    check.to = t0 + days(1);

    const AuditVerdict verdict = verify();

    EXPECT_TRUE(verdict.right());
    EXPECT_EQ(verdict.seals, 1);
    EXPECT_EQ(verdict.first->seal, 2);
}

TEST_F(AuditChain, IsExportedWithEachSealBehindItsRows) {
    ledger.rows_[0].row.event.event = "=cmd,\"x\"\r\n";
    std::FILE* out = std::tmpfile();
    const auto rows = run(export_audit(ledger, {.format = AuditFormat::jsonl, .out = out}));
    std::string text(static_cast<std::size_t>(std::ftell(out)), '\0');
    ASSERT_EQ(std::fseek(out, 0, SEEK_SET), 0);
    EXPECT_EQ(std::fread(text.data(), 1, text.size(), out), text.size());
    std::fclose(out);

    EXPECT_EQ(rows, 7);
    EXPECT_EQ(std::ranges::count(text, '\n'), 10);
    EXPECT_THAT(text, HasSubstr("\"before\":\"" + std::string(64, '0') + "\""));
    EXPECT_THAT(text, HasSubstr("\"digest\":\"" + hex(ledger.seals_[2].digest) + "\""));
    EXPECT_THAT(text, HasSubstr("\"at\":\"2026-11-22T08:00:00.000000Z\""));
}

TEST(StandardEvents, AreTheNamesOfTheLoggingVocabulary) {
    const auto named = [](std::string event, std::string outcome, bool after_failure = false) {
        ChainRow it;
        it.row.event = {.event = std::move(event), .outcome = std::move(outcome)};
        it.after_failure = after_failure;
        return standard_event(it);
    };
    EXPECT_EQ(named("authn_login_success", "ok"), "authn_login_success");
    EXPECT_EQ(named("authn_login_success", "ok", true), "authn_login_successafterfail");
    EXPECT_EQ(named("authn_login_fail", "credentials_wrong"), "authn_login_fail");
    EXPECT_EQ(named("signature_wrong", "signature_wrong"), "authn_login_fail");
    EXPECT_EQ(named("authn_login_fail_max", "too_many"), "authn_login_fail_max");
    EXPECT_EQ(named("person_locked", "ok"), "authn_login_lock");
    EXPECT_EQ(named("certificate_disabled", "passphrase_wrong"), "authn_login_lock");
    EXPECT_EQ(named("authn_token_reuse", "ticket_state"), "authn_token_reuse");
    EXPECT_EQ(named("ticket_scanned", "ticket_state"), "authn_token_reuse");
    EXPECT_EQ(named("ticket_scanned", "level_too_low"), "authz_fail");
    EXPECT_EQ(named("ticket_scanned", "ok"), "");
    EXPECT_EQ(named("session_created", "ok"), "session_created");
    EXPECT_EQ(named("session_expired", "idle"), "session_expired");
    EXPECT_EQ(named("session_use_after_expire", "logout"), "session_use_after_expire");
    EXPECT_EQ(named("authz_fail", "level_too_low"), "authz_fail");
}

}  // namespace
}  // namespace qrgate::tests
