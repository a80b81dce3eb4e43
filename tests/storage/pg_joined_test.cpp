// Statements that travel as one: each member gets its own answer, and what fails harms no neighbour.
#include "storage/pg_joined.hpp"

#include <gtest/gtest.h>

#include "tests/storage/pg_submitter.hpp"

namespace qrgate {
namespace {

constexpr PgStatement transaction_number{"transaction_number", "SELECT pg_current_xact_id()::text"};
constexpr PgStatement count{"count", "SELECT count(*) FROM t"};
// Each answers with how many shared the statement, and with its own value. NULL is a value too.
constexpr PgJoined put_many{
    .statement =
        {"put_many",
         "WITH a AS (SELECT * FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS a (v, o, place)), "
         "k AS (INSERT INTO t (v) SELECT v::integer FROM a) "
         "SELECT (SELECT count(*) FROM a), v::integer, encode(o, 'hex') FROM a ORDER BY place"},
    .columns = "to"};
constexpr PgStatement put_one{"put_one",
                              "WITH k AS (INSERT INTO t (v) VALUES ($1::text::integer)) SELECT 1, "
                              "$1::text::integer, encode($2::bytea, 'hex')",
                              PgUse::write, &put_many};

class PgJoinedTest : public PgSubmitter {};

TEST_F(PgJoinedTest, StatementsWithAJoinedFormTravelAsOneAndEachGetsItsOwnAnswer) {
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY)");
    const auto first = submit(put_one, {pg(100), pg(Bytes{0xab})});
    const auto second = submit(put_one, {pg(101), PgValue{}});
    const auto other = submit(transaction_number);
    const auto third = submit(put_one, {pg(102), pg(Bytes{})});
    finish({first, second, other, third});

    for (const auto& one : {first, second, third})
        EXPECT_EQ(one->answer->value().integer(0, 0), 3);
    EXPECT_EQ(first->answer->value().integer(0, 1), 100);
    EXPECT_EQ(first->answer->value().text(0, 2), "ab");
    EXPECT_EQ(second->answer->value().integer(0, 1), 101);
    EXPECT_TRUE(second->answer->value().is_null(0, 2));
    EXPECT_EQ(third->answer->value().size(), 1u);
    EXPECT_EQ(third->answer->value().text(0, 2), "");
    EXPECT_EQ(other->answer->value().size(), 1u);
    EXPECT_EQ(wait(database->submit(count, {})).value().integer(0, 0), 3);
}

TEST_F(PgJoinedTest, AStatementThatIsAloneInItsGroupKeepsItsOwnForm) {
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY)");

    const auto alone = wait(database->submit(put_one, {pg(1), PgValue{}}));

    EXPECT_EQ(alone.value().integer(0, 0), 1);
}

TEST_F(PgJoinedTest, AFailingMemberOfAJoinedStatementHarmsNoNeighbour) {
    script(*database, "CREATE TABLE t (v integer PRIMARY KEY); INSERT INTO t VALUES (3)");
    Answers answers;
    for (int i = 0; i < 6; ++i)
        answers.push_back(submit(put_one, {pg(i), PgValue{}}));
    finish(answers);

    for (int i = 0; i < 6; ++i) {
        const auto& answer = answers[static_cast<std::size_t>(i)]->answer;
        if (i == 3) {
            EXPECT_EQ(answer->error(), Errc::conflict);
        } else {
            EXPECT_EQ(answer->value().integer(0, 1), i);
        }
    }
    EXPECT_EQ(wait(database->submit(count, {})).value().integer(0, 0), 6);
}

TEST_F(PgJoinedTest, WhatSharesAFirstValueDoesNotTravelInOneStatement) {
    script(*database, "CREATE TABLE t (v integer)");
    const Answers answers{submit(put_one, {pg(1), PgValue{}}), submit(put_one, {pg(2), PgValue{}}),
                          submit(put_one, {pg(1), PgValue{}})};
    finish(answers);

    EXPECT_EQ(answers[0]->answer->value().integer(0, 0), 2);
    EXPECT_EQ(answers[1]->answer->value().integer(0, 0), 2);
    EXPECT_EQ(answers[2]->answer->value().integer(0, 0), 1);
}

}  // namespace
}  // namespace qrgate
