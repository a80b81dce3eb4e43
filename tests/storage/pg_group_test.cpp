#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/storage/pg_submitter.hpp"

namespace qrgate {
namespace {

using namespace std::chrono_literals;

constexpr PgStatement transaction_number{"transaction_number", "SELECT pg_current_xact_id()::text"};
constexpr PgStatement insert{"insert", "INSERT INTO t (v) VALUES ($1)"};
constexpr PgStatement count{"count", "SELECT count(*) FROM t"};
constexpr PgStatement kill_groups{"kill_groups",
                                  "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                  "WHERE datname = current_database() AND pid <> pg_backend_pid()"};
constexpr PgStatement waiting_for_lock{
    "waiting_for_lock", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"};

constexpr PgStatement own_process{"own_process", "SELECT pg_backend_pid()"};
constexpr PgStatement kill_one{"kill_one", "SELECT pg_terminate_backend($1)"};
constexpr PgStatement processes{"processes", "SELECT count(*) FROM pg_stat_activity WHERE pid = $1"};
constexpr PgStatement read_only_insert{"read_only_insert", "INSERT INTO t (v) VALUES ($1)", PgUse::read};
constexpr PgStatement read_count{"read_count", "SELECT count(*) FROM t", PgUse::read};
constexpr PgStatement touch{"touch", "UPDATE t SET n = n + 1 WHERE v = $1 RETURNING n"};
constexpr PgStatement gate{"gate", "SELECT pg_advisory_xact_lock($1)"};
constexpr PgStatement reading_process{"reading_process", "SELECT pg_backend_pid()", PgUse::read};
constexpr PgStatement read_gate{"read_gate", "SELECT pg_advisory_xact_lock($1)", PgUse::read};
constexpr PgStatement deadlocks{
    "deadlocks",
    "SELECT deadlocks FROM (SELECT pg_stat_clear_snapshot()) fresh, pg_stat_database "
    "WHERE datname = current_database()"};

class PgGroupTest : public PgSubmitter {
protected:
    // A commit waits while the test holds the advisory lock 1.
    void make_commit_wait() {
        script(*database,
               "CREATE TABLE t (v integer PRIMARY KEY);"
               "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
               "pg_advisory_xact_lock(1); RETURN NULL; END $$;"
               "CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
               "EXECUTE FUNCTION hold()");
    }
    void until_a_commit_waits(PgLease& lease) {
        until([&] { return wait(lease.run(waiting_for_lock, {})).value().integer(0, 0) == 1; });
    }
};

TEST_F(PgGroupTest, SharesOneTransactionAmongStatementsOfOneTurn) {
    Answers answers;
    for (int i = 0; i < 10; ++i)
        answers.push_back(submit(transaction_number));
    finish(answers);

    std::set<std::string> numbers;
    for (auto& one : answers)
        numbers.emplace(one->answer->value().text(0, 0));
    EXPECT_EQ(numbers.size(), 1u);
}

TEST_F(PgGroupTest, SplitsWhatExceedsTheGroupLimit) {
    auto narrow = options();
    narrow.group_limit = 4;
    database = open(narrow);
    Answers answers;
    for (int i = 0; i < 10; ++i)
        answers.push_back(submit(transaction_number));
    finish(answers);

    std::set<std::string> numbers;
    for (auto& one : answers)
        numbers.emplace(one->answer->value().text(0, 0));
    EXPECT_EQ(numbers.size(), 3u);
}

TEST_F(PgGroupTest, AFailingMemberHarmsNoNeighbour) {
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY); INSERT INTO t VALUES (3)");

    Answers answers;
    for (int i = 1; i <= 5; ++i)
        answers.push_back(submit(insert, {pg(i)}));
    finish(answers);

    for (int i = 1; i <= 5; ++i) {
        const auto& answer = *answers[static_cast<std::size_t>(i - 1)]->answer;
        if (i == 3) {
            EXPECT_EQ(answer.error(), Errc::conflict);
        } else {
            EXPECT_EQ(answer.value().affected(), 1u);
        }
    }
    EXPECT_EQ(wait(database->submit(count, {})).value().integer(0, 0), 5);
}

TEST_F(PgGroupTest, AMemberRefusedAtTheCommitHarmsNoNeighbour) {
    script(*database,
           "CREATE TABLE t (v integer UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (3)");

    Answers answers;
    for (int i = 1; i <= 5; ++i)
        answers.push_back(submit(insert, {pg(i)}));
    finish(answers);

    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(answers[i]->answer->has_value(), i != 2);
    EXPECT_EQ(answers[2]->answer->error(), Errc::conflict);
    EXPECT_EQ(wait(database->submit(count, {})).value().integer(0, 0), 5);
}

TEST_F(PgGroupTest, AStatementThatCannotBePreparedHarmsNoNeighbour) {
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY)");

    Answers answers{submit(insert, {pg(1)}), submit({"nonsense", "SELECT FROM WHERE"}),
                    submit(insert, {pg(2)})};
    finish(answers);

    EXPECT_TRUE(answers[0]->answer->has_value());
    EXPECT_EQ(answers[1]->answer->error(), Errc::internal_error);
    EXPECT_TRUE(answers[2]->answer->has_value());
    EXPECT_EQ(wait(database->submit(count, {})).value().integer(0, 0), 2);
}

TEST_F(PgGroupTest, ReportsNothingBeforeTheCommit) {
    make_commit_wait();
    auto holder = wait(database->lease());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_lock(1)")));

    auto answer = submit(insert, {pg(1)});
    until_a_commit_waits(**holder);
    EXPECT_FALSE(answer->done());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_unlock(1)")));
    finish({answer});

    EXPECT_EQ(answer->answer->value().affected(), 1u);
}

TEST_F(PgGroupTest, AKilledBackendLeavesItsStatementsInDoubtAndTheNextOnesWork) {
    make_commit_wait();
    auto holder = wait(database->lease());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_lock(1)")));

    Answers answers{submit(insert, {pg(1)}), submit(insert, {pg(2)})};
    until_a_commit_waits(**holder);
    ASSERT_TRUE(wait((*holder)->run(kill_groups, {})));
    finish(answers);

    EXPECT_EQ(answers[0]->answer->error(), Errc::in_doubt);
    EXPECT_EQ(answers[1]->answer->error(), Errc::in_doubt);
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_unlock(1)")));
    EXPECT_EQ(wait(database->submit(count, {})).value().integer(0, 0), 0);
    EXPECT_TRUE(wait(database->submit(insert, {pg(1)})).has_value());
}

// The second statement waits in the line while the first holds the connection that dies.
TEST_F(PgGroupTest, WhatWasNotSentToALostConnectionIsDoneOnTheNextOne) {
    make_commit_wait();
    auto holder = wait(database->lease());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_lock(1)")));

    auto sent = submit(insert, {pg(1)});
    until_a_commit_waits(**holder);
    auto unsent = submit(count);
    ASSERT_TRUE(wait((*holder)->run(kill_groups, {})));
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_unlock(1)")));
    finish({sent, unsent});

    EXPECT_EQ(sent->answer->error(), Errc::in_doubt);
    EXPECT_EQ(unsent->answer->value().integer(0, 0), 0);
}

// Nothing was sent, so nothing is in doubt, and nobody needs to hear of it.
TEST_F(PgGroupTest, AConnectionThatDiedWhileIdleCostsNoStatement) {
    // Kills from a loop of its own: ours does not turn meanwhile, so the farewell lies unread in the socket.
    TestLoop elsewhere;
    auto killer = open_pg_database(elsewhere.io.get_executor(), options());
    auto lease = elsewhere.wait(killer->lease());
    ASSERT_TRUE(lease);

    for (int i = 0; i < 3; ++i) {
        const auto process = wait(database->submit(own_process, {})).value().integer(0, 0);
        ASSERT_TRUE(elsewhere.wait((*lease)->run(kill_one, {pg(process)})));
        elsewhere.until([&] {
            return elsewhere.wait((*lease)->run(processes, {pg(process)})).value().integer(0, 0) == 0;
        });

        const auto next = wait(database->submit(own_process, {}));

        ASSERT_TRUE(next.has_value());
        EXPECT_NE(next->integer(0, 0), process);
    }
    lease->reset();
    elsewhere.wait(killer->close(5s));
}

// Two processes, each with its group: one touches the rows in this order, the other in that.
TEST_F(PgGroupTest, GroupsThatWaitForEachOtherAreBothDone) {
    script(*database,
           "CREATE TABLE t (v integer PRIMARY KEY, n integer NOT NULL DEFAULT 0); "
           "INSERT INTO t VALUES (1), (2)");
    auto patient = options();
    patient.deadline = patience;
    auto here = open(patient);
    auto there = open(patient);
    const auto put = [&](PgDatabase& in, const PgStatement& what, int value) {
        return spawn(in.submit(what, {pg(value)}));
    };
    auto holder = wait(database->lease());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_lock(7), pg_advisory_lock(8)")));

    const Answers answers{put(*here, touch, 1),  put(*here, gate, 7),  put(*here, touch, 2),
                          put(*there, touch, 2), put(*there, gate, 8), put(*there, touch, 1)};
    until([&] { return wait((*holder)->run(waiting_for_lock, {})).value().integer(0, 0) == 2; });
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_unlock(7), pg_advisory_unlock(8)")));
    finish(answers);

    for (const auto& one : answers)
        EXPECT_TRUE(one->answer->has_value());
    constexpr PgStatement sum{"sum", "SELECT sum(n) FROM t"};
    EXPECT_EQ(wait(database->submit(sum, {})).value().integer(0, 0), 4);
    until([&] { return wait((*holder)->run(deadlocks, {})).value().integer(0, 0) == 1; });
}

// Commits may wait for a disk or a lock: who only reads does not wait with them.
TEST_F(PgGroupTest, ReadersDoNotWaitForACommit) {
    auto wide = options();
    wide.connections = 4;
    database = open(wide);
    make_commit_wait();
    auto holder = wait(database->lease());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_lock(1)")));
    auto written = submit(insert, {pg(1)});
    until_a_commit_waits(**holder);

    EXPECT_EQ(wait(database->submit(read_count, {})).value().integer(0, 0), 0);

    EXPECT_FALSE(written->done());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_unlock(1)")));
    finish({written});
    EXPECT_EQ(wait(database->submit(read_count, {})).value().integer(0, 0), 1);
}

TEST_F(PgGroupTest, WhileOneReaderWaitsForPostgresAnotherReads) {
    auto wide = options();
    wide.connections = 5;
    database = open(wide);
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY)");
    auto holder = wait(database->lease());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_lock(7)")));
    // Both are connected: before, the one that is takes everything.
    until([&] {
        const Answers two{submit(reading_process), submit(reading_process)};
        finish(two);
        return two[0]->answer->value().integer(0, 0) != two[1]->answer->value().integer(0, 0);
    });
    auto held = submit(read_gate, {pg(7)});
    until([&] { return wait((*holder)->run(waiting_for_lock, {})).value().integer(0, 0) == 1; });

    EXPECT_EQ(wait(database->submit(read_count, {})).value().integer(0, 0), 0);

    EXPECT_FALSE(held->done());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_unlock(7)")));
    finish({held});
    EXPECT_TRUE(held->answer->has_value());
}

TEST_F(PgGroupTest, AStatementThatSaysItOnlyReadsCannotWrite) {
    auto wide = options();
    wide.connections = 4;
    database = open(wide);
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY)");

    EXPECT_FALSE(wait(database->submit(read_only_insert, {pg(1)})).has_value());
    EXPECT_EQ(wait(database->submit(read_count, {})).value().integer(0, 0), 0);
}

TEST_F(PgGroupTest, TellsHowLongEachStatementTookByItsName) {
    auto watched = options();
    std::multiset<std::string> seen;
    watched.observe = [&](std::string_view name, std::chrono::steady_clock::duration took) {
        EXPECT_GT(took.count(), 0);
        seen.emplace(name);
    };
    database = open(watched);
    ASSERT_TRUE(wait(database->submit(transaction_number, {})).has_value());
    ASSERT_TRUE(wait(database->submit(transaction_number, {})).has_value());
    {
        auto lease = wait(database->lease());
        ASSERT_TRUE(wait((*lease)->run(waiting_for_lock, {})).has_value());
    }

    EXPECT_THAT(seen, ::testing::UnorderedElementsAre("transaction_number", "transaction_number",
                                                      "waiting_for_lock"));
}

TEST_F(PgGroupTest, PreparedStatementsSurviveAReconnect) {
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY)");
    ASSERT_TRUE(wait(database->submit(insert, {pg(1)})).has_value());
    auto killer = wait(database->lease());
    ASSERT_TRUE(wait((*killer)->run(kill_groups, {})).has_value());
    // Idle, so nothing is in doubt: the statement is sent on the new connection.
    until([&] { return wait(database->submit(count, {})).has_value(); });

    EXPECT_TRUE(wait(database->submit(insert, {pg(2)})).has_value());
}

TEST_F(PgGroupTest, RefusesWithBusyWhatExceedsTheQueue) {
    auto small = options();
    small.waiting_limit = 3;
    database = open(small);

    Answers answers;
    for (int i = 0; i < 5; ++i)
        answers.push_back(submit(transaction_number));
    finish(answers);

    std::vector<bool> busy;
    for (auto& one : answers)
        busy.push_back(!one->answer->has_value() && one->answer->error() == Errc::busy);
    EXPECT_THAT(busy, ::testing::ElementsAre(false, false, false, true, true));
}

TEST_F(PgGroupTest, FailsFastWhenThereIsNoServer) {
    auto nowhere = options();
    nowhere.connection_string = "host=/nonexistent user=nobody dbname=none";
    database = open(nowhere);

    EXPECT_EQ(wait(database->submit(count, {})).error(), Errc::database_unavailable);
    EXPECT_EQ(wait(database->submit(count, {})).error(), Errc::database_unavailable);
    EXPECT_EQ(wait(database->lease()).error(), Errc::database_unavailable);
}

TEST_F(PgGroupTest, RefusesATextWithNulInsteadOfCuttingIt) {
    script(*database, "CREATE TABLE t (v text)");

    EXPECT_EQ(wait(database->submit(insert, {pg(std::string("a\0b", 3))})).error(), Errc::bad_request);
}

TEST_F(PgGroupTest, FinishesWhatIsQueuedWhenItCloses) {
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY)");
    Answers answers;
    for (int i = 0; i < 200; ++i)
        answers.push_back(submit(insert, {pg(i)}));
    io.restart();
    io.poll_one();  // each is queued only when its coroutine begins
    until([&] { return answers.front()->done(); });

    wait(database->close(10s));

    for (auto& one : answers) {
        ASSERT_TRUE(one->done());
        EXPECT_TRUE(one->answer->has_value());
    }
    EXPECT_EQ(wait(database->submit(count, {})).error(), Errc::database_unavailable);
}

TEST_F(PgGroupTest, RunsAThousandStatementsWithLargeValues) {
    script(*database, "CREATE TABLE t (v text)");
    constexpr PgStatement echo{"echo", "SELECT $1::text"};
    Answers answers;
    for (int i = 0; i < 1000; ++i)
        answers.push_back(submit(echo, {pg(std::string(20000, 'x'))}));
    finish(answers);

    for (auto& one : answers)
        ASSERT_EQ(one->answer->value().text(0, 0).size(), 20000u);
}

}  // namespace
}  // namespace qrgate
