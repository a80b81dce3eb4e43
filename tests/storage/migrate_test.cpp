#include "storage/migrate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Migration first{1, "0001_first.sql", "CREATE TABLE a (v integer); INSERT INTO a VALUES (1);"};
const Migration second{2, "0002_second.sql", "INSERT INTO a VALUES (2);"};
const Migration broken{2, "0002_broken.sql", "INSERT INTO a VALUES (3); SELECT nonsense;"};

class MigrateTest : public PgFixture {
protected:
    MigrationReport run(std::vector<Migration> known) {
        return wait(migrate(*database, std::move(known))).value();
    }
    std::int64_t rows_of_a() {
        return wait(database->submit({"rows_of_a", "SELECT count(*) FROM a"}, {})).value().integer(0, 0);
    }

    std::unique_ptr<PgDatabase> database = open();
};

TEST_F(MigrateTest, AppliesEachFileOnceInOrder) {
    EXPECT_THAT(run({first}).applied, ElementsAre("0001_first.sql"));

    const auto report = run({first, second});

    EXPECT_TRUE(report.ready);
    EXPECT_EQ(report.version, 2);
    EXPECT_THAT(report.applied, ElementsAre("0002_second.sql"));
    EXPECT_EQ(rows_of_a(), 2);
    EXPECT_THAT(run({first, second}).applied, IsEmpty());
    EXPECT_EQ(wait(database->submit(read_schema_version, {})).value().integer(0, 0), 2);
}

TEST_F(MigrateTest, AppliesAFileWhollyOrNotAtAll) {
    const auto report = run({first, broken});

    EXPECT_FALSE(report.ready);
    EXPECT_EQ(report.version, 1);
    EXPECT_THAT(report.text, HasSubstr("0002_broken.sql"));
    EXPECT_EQ(rows_of_a(), 1);
    EXPECT_TRUE(run({first, second}).ready);
}

TEST_F(MigrateTest, RefusesADatabaseThatIsNewerThanTheBuild) {
    run({first, second});

    const auto report = run({first});

    EXPECT_FALSE(report.ready);
    EXPECT_THAT(report.text, HasSubstr("newer than this build"));
}

TEST_F(MigrateTest, RefusesAFileThatChangedAfterItWasApplied) {
    run({first});
    Migration changed = first;
    changed.sql = "CREATE TABLE a (v bigint);";

    const auto report = run({changed, second});

    EXPECT_FALSE(report.ready);
    EXPECT_THAT(report.text, HasSubstr("0001_first.sql was changed"));
    EXPECT_EQ(rows_of_a(), 1);
}

TEST_F(MigrateTest, LetsTwoProcessesStartAtOnce) {
    auto other = open();
    auto one = spawn(migrate(*database, {first, second}));
    auto two = spawn(migrate(*other, {first, second}));
    until([&] { return one->done() && two->done(); });

    EXPECT_TRUE(one->answer->value().ready);
    EXPECT_TRUE(two->answer->value().ready);
    EXPECT_EQ(rows_of_a(), 2);
}

TEST_F(MigrateTest, BringsAnEmptyDatabaseToTheSchemaOfThisBuild) {
    const auto report = wait(migrate(*database)).value();

    EXPECT_TRUE(report.ready) << report.text;
    EXPECT_EQ(report.version, known_schema_version());
}

TEST_F(MigrateTest, LetsPasswordsFromBeforeTheirAgeWasKeptBeginWithTheMigration) {
    std::vector<Migration> before = embedded_migrations();
    std::erase_if(before, [](const Migration& each) { return each.version > 13; });
    ASSERT_TRUE(run(before).ready);
    script(*database, R"(
INSERT INTO person (id, kind, number, number_index, name, level, level_evidence, level_since, state, password_hash,
                    created_at, changed_at)
VALUES ('old', 'personal', '\x00', sha256('old'), '\x00', 1, 'test', '2020-01-01Z', 'active', '', '2020-01-01Z',
        '2020-01-01Z'))");

    ASSERT_TRUE(run(embedded_migrations()).ready);

    const auto rows =
        wait(database->submit({"password_age",
                               "SELECT password_set_at > now() - interval '1 hour', password_set_at <= now() "
                               "FROM person"},
                              {}))
            .value();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_TRUE(rows.boolean(0, 0));
    EXPECT_TRUE(rows.boolean(0, 1));
}

TEST_F(MigrateTest, LeavesNobodyWithoutATimeForThePassword) {
    ASSERT_TRUE(run(embedded_migrations()).ready);

    const auto rows =
        wait(database->submit(
                 {"password_age_column",
                  "SELECT is_nullable::text, column_default IS NULL FROM information_schema.columns "
                  "WHERE table_name = 'person' AND column_name = 'password_set_at'"},
                 {}))
            .value();

    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.text(0, 0), "NO");
    EXPECT_TRUE(rows.boolean(0, 1)) << "who writes a person says when";
}

}  // namespace
}  // namespace qrgate
