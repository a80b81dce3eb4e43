// When a statement has waited long enough: what its caller is told, and what becomes of it.
#include <gtest/gtest.h>

#include "tests/storage/pg_submitter.hpp"

namespace qrgate {
namespace {

using namespace std::chrono_literals;

constexpr PgStatement insert{"insert", "INSERT INTO t (v) VALUES ($1)"};
constexpr PgStatement gate{"gate", "SELECT pg_advisory_xact_lock($1)"};
constexpr PgStatement count{"count", "SELECT count(*) FROM t"};

class PgDeadline : public PgSubmitter {};

TEST_F(PgDeadline, ASlowMemberTimesOutAndItsNeighboursAreDone) {
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY)");
    auto hasty = options();
    hasty.deadline = 1500ms;
    database = open(hasty);

    Answers answers{submit(insert, {pg(1)}), submit({"sleep", "SELECT pg_sleep(60)"}),
                    submit(insert, {pg(2)})};
    finish(answers);

    EXPECT_TRUE(answers[0]->answer->has_value());
    EXPECT_EQ(answers[1]->answer->error(), Errc::timed_out);
    EXPECT_TRUE(answers[2]->answer->has_value());
}

// One at a time, and a lock keeps each: the third is still in the line when its time is over.
TEST_F(PgDeadline, WhatIsNotSentInTimeIsRefusedAndNeverDone) {
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY)");
    auto holder = wait(database->lease());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_lock(7)")));
    auto hasty = options();
    hasty.deadline = 3s;
    hasty.group_limit = 1;
    auto slow = open(hasty);
    ASSERT_TRUE(wait(slow->submit(count, {})).has_value()) << "it is connected";

    const Answers answers{spawn(slow->submit(gate, {pg(7)})), spawn(slow->submit(gate, {pg(7)})),
                          spawn(slow->submit(insert, {pg(1)}))};
    finish(answers);

    EXPECT_EQ(answers[0]->answer->error(), Errc::timed_out);
    EXPECT_EQ(answers[1]->answer->error(), Errc::timed_out);
    EXPECT_EQ(answers[2]->answer->error(), Errc::busy);
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_unlock(7)")));
    until([&] { return wait(slow->submit(count, {})).has_value(); });
    EXPECT_EQ(wait(slow->submit(count, {})).value().integer(0, 0), 0);
}

// The group's time is its last member's; the first has been waiting for longer. Its deadline is not the
// other's, who came later.
TEST_F(PgDeadline, OfAGroupEachIsToldAtItsOwn) {
    auto holder = wait(database->lease());
    ASSERT_TRUE(wait((*holder)->script("SELECT pg_advisory_lock(7)")));
    auto hasty = options();
    hasty.deadline = 3s;
    auto slow = open(hasty);
    ASSERT_TRUE(wait(slow->submit({"one", "SELECT 1"}, {})).has_value()) << "it is connected";
    const auto begun = std::chrono::steady_clock::now();
    const auto one_before = spawn(slow->submit(gate, {pg(7)}));
    until([&] { return std::chrono::steady_clock::now() > begun + 50ms; });
    const auto early = spawn(slow->submit(gate, {pg(7)}));
    until([&] { return std::chrono::steady_clock::now() > begun + 1s; });
    const auto late = spawn(slow->submit(gate, {pg(7)}));

    finish({one_before, early});
    EXPECT_EQ(early->answer->error(), Errc::timed_out);
    EXPECT_FALSE(late->done());
    finish({late});
    EXPECT_EQ(late->answer->error(), Errc::timed_out);
}

TEST_F(PgDeadline, NothingIsWatchedOnceItIsClosed) {
    ASSERT_TRUE(wait(database->submit({"one", "SELECT 1"}, {})).has_value());

    wait(database->close(5s));

    io.restart();
    io.poll();
    EXPECT_TRUE(io.stopped()) << "a timer that still runs would keep the server from stopping";
}

TEST_F(PgDeadline, ClosesAtItsDeadlineWithWhatRunsInDoubt) {
    auto answer = submit({"sleep", "SELECT pg_sleep(60)"});
    auto lease = wait(database->lease());
    constexpr PgStatement sleepers{"sleepers",
                                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"};
    until([&] { return wait((*lease)->run(sleepers, {})).value().integer(0, 0) == 1; });

    wait(database->close(1ms));
    finish({answer});

    EXPECT_EQ(answer->answer->error(), Errc::in_doubt);
}

}  // namespace
}  // namespace qrgate
