// The audit's chain over PostgreSQL: what is sealed, when, in which order; and what may be changed or
// removed.
#include "storage/pg_audit_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/migrate.hpp"
#include "storage/pg_storage.hpp"
#include "tests/storage/counting_random.hpp"
#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using testing::ElementsAre;

const WallTime t0 = *parse_time("2026-11-22T08:00:00Z");

FieldKeys keys() {
    FieldKeys it;
    it.masters[1] = sha256(as_bytes("field key"));
    it.index = sha256(as_bytes("index key"));
    return it;
}

class PgAuditLedgerTest : public PgFixture {
protected:
    PgAuditLedgerTest() {
        const auto report = wait(migrate(*database));
        if (!report || !report->ready) throw std::runtime_error("the schema could not be made");
    }
    static PgOptions patient(PgOptions given) {
        given.deadline = patience;
        given.connections = 6;
        return given;
    }

    void happens(std::string event, std::optional<std::string> person = std::nullopt) {
        ASSERT_TRUE(wait(storage.record({.event = std::move(event),
                                         .outcome = "ok",
                                         .person_id = std::move(person),
                                         .method = "password",
                                         .at = t0 + std::chrono::microseconds(123'456),
                                         .subject = "subject"},
                                        {.address = "203.0.113.9", .request_id = "request"})));
    }
    SealRound seal(WallTime at = t0, int most = 100) { return wait(ledger.seal(key, at, most)).value(); }
    std::vector<std::string> events_behind(ChainPlace place) {
        std::vector<std::string> out;
        for (const ChainRow& row : wait(ledger.rows(place, end_of_chain, 100)).value())
            out.push_back(row.row.event.event);
        return out;
    }
    std::int64_t number(std::string sql) {
        auto lease = wait(database->lease());
        // A name of its own: another text may not have it on this connection.
        const std::string name = "test_" + std::to_string(++asked_);
        return wait((*lease)->run({name, sql}, {})).value().integer(0, 0);
    }
    bool is_refused(std::string sql) {
        auto lease = wait(database->lease());
        return !wait((*lease)->script(std::move(sql)));
    }

    int asked_ = 0;
    Digest key = sha256(as_bytes("audit key"));
    CountingRandom random;
    FieldSealer sealer{keys(), SealSuite::sm4_ctr_hmac_sm3, random};
    std::unique_ptr<PgDatabase> database = open(patient(options()));
    PgStorage storage{*database, sealer};
    PgAuditLedger ledger{*database};
};

TEST_F(PgAuditLedgerTest, HashesRowsAndSealsAsTheyAreCheckedOutside) {
    happens("first");
    happens("second, with ü and 林", "person-lin");

    const SealRound round = seal(t0 + std::chrono::microseconds(7));

    ASSERT_TRUE(round.made);
    const auto rows = wait(ledger.rows({}, end_of_chain, 10)).value();
    ASSERT_EQ(rows.size(), 2U);
    std::vector<Digest> digests;
    Bytes marks;
    for (const ChainRow& row : rows) {
        digests.push_back(row_digest(row));
        const Bytes mark = row_mark(row, digests.back());
        marks.insert(marks.end(), mark.begin(), mark.end());
    }
    EXPECT_EQ(round.made->rows, 2);
    EXPECT_EQ(round.made->last, rows.back().place);
    EXPECT_EQ(round.made->digest, seal_digest(Digest{}, *round.made, digests));
    EXPECT_EQ(round.made->mac, seal_mac(key, *round.made));
    const auto stored = wait(ledger.seals(1, 10)).value();
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored.front().digest, round.made->digest);
    EXPECT_EQ(stored.front().marks, marks);
    EXPECT_EQ(stored.front().sealed_at, t0 + std::chrono::microseconds(7));
}

TEST_F(PgAuditLedgerTest, SealsEachRowOnceAndNothingWhereNothingIsNew) {
    happens("first");
    seal();
    happens("second");

    const SealRound second = seal();

    EXPECT_EQ(second.made->seal, 2);
    EXPECT_EQ(second.made->rows, 1);
    EXPECT_FALSE(seal().made);
    EXPECT_EQ(seal().newest->seal, 2);
}

TEST_F(PgAuditLedgerTest, ASealHasABoundAndTheNextGoesOnBehindIt) {
    for (int i = 0; i < 5; ++i)
        happens("event " + std::to_string(i));

    EXPECT_EQ(seal(t0, 2).made->rows, 2);
    const SealRound second = seal(t0, 2);
    EXPECT_EQ(second.made->rows, 2);
    EXPECT_EQ(second.waiting, 1);
    EXPECT_EQ(second.oldest_waiting, t0 + std::chrono::microseconds(123'456));
    EXPECT_EQ(seal(t0, 2).made->rows, 1);
}

TEST_F(PgAuditLedgerTest, ARowThatCommitsLateWithALowerNumberIsSealedAllTheSame) {
    auto slow = wait(database->lease());
    ASSERT_TRUE(
        wait((*slow)->script("BEGIN; INSERT INTO audit (event, outcome, address, request_id, at) VALUES "
                             "('slow', 'ok', '', '', now())")));
    happens("quick");

    const SealRound before = seal();
    ASSERT_TRUE(wait((*slow)->script("COMMIT")));
    const SealRound after = seal();

    // The quick row is younger than a transaction that still runs: neither it nor anything later may be
    // sealed.
    EXPECT_FALSE(before.made);
    EXPECT_EQ(before.waiting, 1);
    EXPECT_EQ(after.made->rows, 2);
    EXPECT_EQ(after.waiting, 0);
    EXPECT_THAT(events_behind({}), ElementsAre("slow", "quick"));
}

TEST_F(PgAuditLedgerTest, ANumberDrawnLongBeforeItsTransactionBeganFallsOutOfNoSeal) {
    // 'late' takes its number first and writes last: its number is the lower, its place the later.
    const std::int64_t early = number("SELECT nextval('audit_number_seq')");
    happens("between");
    seal();
    auto late = wait(database->lease());
    ASSERT_TRUE(
        wait((*late)->script("INSERT INTO audit (number, event, outcome, address, request_id, at) "
                             "OVERRIDING SYSTEM VALUE VALUES (" +
                             std::to_string(early) + ", 'late', 'ok', '', '', now())")));

    EXPECT_EQ(seal().made->rows, 1);
    EXPECT_THAT(events_behind({}), ElementsAre("between", "late"));
}

TEST_F(PgAuditLedgerTest, OneOfTwoSealersSealsAndTheOtherStandsBy) {
    happens("first");
    auto holder = wait(database->lease());
    ASSERT_TRUE(wait((*holder)->script("BEGIN; SELECT pg_advisory_xact_lock(7113420221)")));

    const SealRound stands_by = seal();
    EXPECT_TRUE(stands_by.held_elsewhere);
    EXPECT_FALSE(stands_by.made);
    EXPECT_EQ(stands_by.waiting, 1);

    // The holder dies between its lock and its seal: nothing is left of it.
    ASSERT_TRUE(wait((*holder)->script("ROLLBACK")));
    EXPECT_EQ(seal().made->rows, 1);
}

TEST_F(PgAuditLedgerTest, ManySealersAtOnceMakeOneChain) {
    for (int i = 0; i < 20; ++i)
        happens("event");
    std::vector<std::shared_ptr<Running<Result<SealRound>>>> all;
    for (int i = 0; i < 8; ++i)
        all.push_back(spawn(ledger.seal(key, t0, 3)));
    until([&] { return std::ranges::all_of(all, [](const auto& one) { return one->done(); }); });
    while (seal(t0, 3).made) {
    }

    EXPECT_EQ(number("SELECT sum(row_count)::bigint FROM audit_seal"), 20);
    EXPECT_EQ(number("SELECT max(seal) - count(*) FROM audit_seal"), 0);
}

TEST_F(PgAuditLedgerTest, WritersDoNotWaitForTheSealer) {
    happens("first");
    auto sealer = wait(database->lease());
    // As seal() does it, and stopped in the middle.
    ASSERT_TRUE(wait(
        (*sealer)->script("BEGIN; SELECT pg_try_advisory_xact_lock(7113420221); SELECT count(*) FROM audit; "
                          "INSERT INTO audit_seal SELECT 1, 1, 1, 1, now(), decode(repeat('00', 16), 'hex'), "
                          "sha256('digest'), sha256('mac')")));

    happens("while it seals");
    const auto person = wait(storage.put_person({.id = "person-lin",
                                                 .identity_number = "110101190001010014",
                                                 .name = "林一",
                                                 .level = 3,
                                                 .level_evidence = "demo",
                                                 .password_hash = "hash"},
                                                t0));

    EXPECT_TRUE(person);
    EXPECT_EQ(number("SELECT count(*) FROM audit"), 3);
    ASSERT_TRUE(wait((*sealer)->script("ROLLBACK")));
}

TEST_F(PgAuditLedgerTest, RowsAndSealsCannotBeChangedOrRemoved) {
    happens("first");
    seal();

    EXPECT_TRUE(is_refused("UPDATE audit SET outcome = 'ok'"));
    EXPECT_TRUE(is_refused("DELETE FROM audit"));
    EXPECT_TRUE(is_refused("TRUNCATE audit"));
    EXPECT_TRUE(is_refused("UPDATE audit_seal SET sealed_at = now()"));
    EXPECT_TRUE(is_refused("DELETE FROM audit_seal"));
    EXPECT_TRUE(is_refused("TRUNCATE audit_seal"));
    EXPECT_TRUE(is_refused("DELETE FROM audit_start"));
    EXPECT_EQ(number("SELECT count(*) FROM audit"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM audit_seal"), 1);
}

TEST_F(PgAuditLedgerTest, OldRowsGoWithTheirSealsAndTheLastOfThemStaysAsTheStart) {
    const WallTime long_ago = t0 - days(400);
    happens("old");
    seal(long_ago);
    happens("old too");
    seal(long_ago + days(1));
    happens("young");
    seal(t0);

    EXPECT_EQ(wait(ledger.retire(t0 - days(365), 10)).value(), 2);

    EXPECT_THAT(events_behind({}), ElementsAre("young"));
    EXPECT_EQ(wait(ledger.start()).value(), 2);
    const auto seals = wait(ledger.seals(1, 10)).value();
    ASSERT_EQ(seals.size(), 2U);
    EXPECT_EQ(seals[0].seal, 2);
    EXPECT_EQ(wait(ledger.rows_up_to(seals[0].last)).value(), 0);
    EXPECT_EQ(wait(ledger.retire(t0 - days(365), 10)).value(), 0);
}

TEST_F(PgAuditLedgerTest, HalfAYearIsKeptWhateverIsAskedFor) {
    happens("first");
    seal(t0 - days(170));
    happens("second");
    seal(t0);

    EXPECT_EQ(wait(ledger.retire(t0 + days(10'000), 10)).value(), 0);
    EXPECT_TRUE(is_refused("UPDATE audit_start SET seal = 1"));
    EXPECT_EQ(number("SELECT count(*) FROM audit"), 2);
}

TEST_F(PgAuditLedgerTest, RetentionIsBoundedAndNeverTakesTheNewestSeal) {
    const WallTime long_ago = t0 - days(400);
    for (int i = 0; i < 4; ++i) {
        happens("old");
        seal(long_ago);
    }

    EXPECT_EQ(wait(ledger.retire(t0 - days(365), 2)).value(), 2);
    EXPECT_EQ(wait(ledger.retire(t0 - days(365), 2)).value(), 1);
    EXPECT_EQ(wait(ledger.retire(t0 - days(365), 2)).value(), 0);
    EXPECT_EQ(number("SELECT max(seal) FROM audit_seal"), 4);
}

TEST_F(PgAuditLedgerTest, ARestoredDumpGoesOnBehindItsLastRow) {
    happens("before the dump");
    seal();
    EXPECT_FALSE(wait(ledger.begin()).value());
    // As COPY of a dump from a cluster that had counted further puts them.
    script(*database,
           "INSERT INTO audit (event, outcome, address, request_id, at, position) "
           "VALUES ('of the dump', 'ok', '', '', now(), audit_next_position() + 1000000)");

    EXPECT_TRUE(wait(ledger.begin()).value());
    EXPECT_FALSE(wait(ledger.begin()).value());
    happens("after it");

    EXPECT_EQ(seal().made->rows, 2);
    EXPECT_THAT(events_behind({}), ElementsAre("before the dump", "of the dump", "after it"));
}

TEST_F(PgAuditLedgerTest, ADumpRestoredUnderARunningServerIsSeenBeforeTheNextSeal) {
    script(*database,
           "INSERT INTO audit (event, outcome, address, request_id, at, position) "
           "VALUES ('of the dump', 'ok', '', '', now(), audit_next_position() + 1000000)");

    EXPECT_EQ(seal().made->rows, 1);
    happens("after it");

    EXPECT_EQ(seal().made->rows, 1);
    EXPECT_THAT(events_behind({}), ElementsAre("of the dump", "after it"));
}

TEST_F(PgAuditLedgerTest, IsReadWithMorePatienceThanALoginHas) {
    // What it reads tells how long PostgreSQL lets it read.
    script(*database,
           "ALTER TABLE audit_start RENAME TO audit_start_of_before;"
           "CREATE VIEW audit_start AS SELECT setting::bigint AS seal FROM pg_settings "
           "WHERE name = 'statement_timeout'");

    PgOptions hasty = options();
    hasty.deadline = seconds(2);
    const auto quick = open(hasty);

    EXPECT_EQ(wait(PgAuditLedger(*quick).start()).value(), 30'000);
}

TEST_F(PgAuditLedgerTest, ALoginAfterRefusedOnesIsMarked) {
    happens("authn_login_success", "person-a");
    happens("authn_login_fail", "person-b");
    happens("authn_login_success", "person-b");
    happens("authn_login_success", "person-b");

    std::vector<bool> after;
    for (const ChainRow& row : wait(ledger.rows({}, end_of_chain, 10)).value())
        after.push_back(row.after_failure);

    EXPECT_THAT(after, ElementsAre(false, false, true, false));
}

}  // namespace
}  // namespace qrgate
