// What the role of a server may do with a real PostgreSQL, and what not.
#include "storage/pg_run_role.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/migrate.hpp"
#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RunRole : public PgFixture {
protected:
    RunRole() {
        EXPECT_EQ(make_run_role(cluster().connection_string()), std::nullopt);
        EXPECT_EQ(make_run_role(cluster().connection_string()), std::nullopt) << "twice is fine";
        script(*owner, "REVOKE ALL ON SCHEMA public FROM PUBLIC");
        EXPECT_TRUE(wait(migrate(*owner)).value().ready);
        EXPECT_TRUE(wait(grant_run_role(*owner, std::string(private_run_role))));
    }

    std::unique_ptr<PgDatabase> open_as(std::string_view role) {
        PgOptions as_role = options();
        as_role.connection_string += " user=" + std::string(role);
        return open(as_role);
    }
    bool may(const std::string& sql) {
        auto lease = wait(run->lease()).value();
        const bool done = wait(lease->script("BEGIN; " + sql)).has_value();
        wait(lease->script("ROLLBACK"));
        return done;
    }
    std::vector<std::string> column(PgDatabase& database, std::string_view name, std::string_view sql) {
        const auto rows = wait(database.submit({name, sql}, {})).value();
        std::vector<std::string> out;
        for (std::size_t row = 0; row < rows.size(); ++row)
            out.emplace_back(rows.text(row, 0));
        return out;
    }

    std::unique_ptr<PgDatabase> owner = open();
    std::unique_ptr<PgDatabase> run = open_as(private_run_role);
};

TEST_F(RunRole, HasAStatedRightOnEveryTableAndNoOther) {
    const auto there = column(*owner, "tables",
                              "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND "
                              "relnamespace = 'public'::regnamespace");
    EXPECT_GT(there.size(), 10U);
    for (const std::string& table : there)
        EXPECT_EQ(std::ranges::count(run_role_rights(), table, &TableRights::table), 1)
            << table << ": say in storage/pg_run_role.cpp what a server may do with it";

    for (const TableRights& each : run_role_rights()) {
        if (std::ranges::find(there, each.table) == there.end()) continue;
        const std::string all(each.rights);
        for (const std::string right :
             {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}) {
            const auto has =
                wait(run->submit({"table_right", "SELECT has_table_privilege($1::text, $2::text)"},
                                 {pg(each.table), pg(right)}));
            EXPECT_EQ(has.value().boolean(0, 0), all.find(right) != std::string::npos)
                << each.table << ' ' << right;
        }
    }
}

TEST_F(RunRole, CannotMakeChangeDropOrEmptyAnything) {
    for (const std::string sql :
         {"CREATE TABLE mine (v integer)", "CREATE SCHEMA mine",
          "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
          "CREATE INDEX i ON person (level)", "CREATE ROLE other", "CREATE EXTENSION pgcrypto"})
        EXPECT_FALSE(may(sql)) << sql;
    for (const TableRights& each : run_role_rights()) {
        const std::string table(each.table);
        for (const std::string& sql :
             {"DROP TABLE " + table, "TRUNCATE " + table, "ALTER TABLE " + table + " ADD COLUMN mine integer",
              "ALTER TABLE " + table + " DISABLE TRIGGER ALL",
              "ALTER TABLE " + table + " OWNER TO CURRENT_USER"})
            EXPECT_FALSE(may(sql)) << sql;
    }
    EXPECT_FALSE(may("COPY person TO PROGRAM 'true'"));
    EXPECT_FALSE(may("SELECT pg_read_file('/etc/passwd')"));
    EXPECT_FALSE(may("SET ROLE qrgate"));
}

TEST_F(RunRole, CanAddAuditEvidenceAndConsentsButNeitherChangeNorDeleteThem) {
    for (const std::string table : {"audit", "evidence", "consent"}) {
        EXPECT_TRUE(may("SELECT * FROM " + table)) << table;
        EXPECT_FALSE(may("DELETE FROM " + table)) << table;
    }
    EXPECT_TRUE(may(
        "INSERT INTO audit (event, outcome, address, request_id, at) VALUES ('e', 'o', 'a', 'r', now())"));
    EXPECT_FALSE(may("UPDATE audit SET outcome = 'other'"));
    EXPECT_FALSE(may("UPDATE evidence SET text = 'other'"));
    EXPECT_FALSE(may("UPDATE consent SET version = 'other'"));
    EXPECT_FALSE(may("SELECT * FROM audit FOR UPDATE"));
}

TEST_F(RunRole, FindsTheSchemaFinishedAndDoesNotTouchIt) {
    const auto report = wait(migrate(*run)).value();

    EXPECT_TRUE(report.ready);
    EXPECT_TRUE(report.applied.empty());
}

TEST_F(RunRole, AsksForTheOwnerWhereTheSchemaIsOlder) {
    auto known = embedded_migrations();
    known.push_back({known.back().version + 1, "9999_next.sql", "CREATE TABLE next_one (v integer)"});

    const auto report = wait(migrate(*run, known)).value();

    EXPECT_FALSE(report.ready);
    EXPECT_THAT(report.text, HasSubstr("run `qrgate migrate --grant-to ROLE` with the owner's database.url"));
}

TEST_F(RunRole, IsKnownToTheNextMigration) {
    EXPECT_THAT(wait(granted_run_roles(*owner)).value(), ElementsAre(private_run_role));
}

TEST_F(RunRole, IsToldFromAnOwnerAndASuperuser) {
    EXPECT_EQ(wait(excess_of_role(*run)).value(), std::nullopt);
    EXPECT_EQ(wait(excess_of_role(*owner)).value(), "is a superuser");
    script(*owner,
           "DO $$BEGIN CREATE ROLE qrgate_owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$");
    script(
        *owner,
        "GRANT USAGE ON SCHEMA public TO qrgate_owner; ALTER TABLE schema_migration OWNER TO qrgate_owner");
    EXPECT_EQ(wait(excess_of_role(*open_as("qrgate_owner"))).value(), "owns the tables");
}

TEST_F(RunRole, HasANameThatNeedsNoQuotes) {
    EXPECT_TRUE(is_role_name("qrgate_run"));
    for (const std::string name : {"", "Qrgate", "1st", "a b", "a\"b", "a;b", "a-b"})
        EXPECT_FALSE(is_role_name(name)) << name;
    EXPECT_FALSE(wait(grant_run_role(*owner, "x\"; DROP TABLE person; --")));
    EXPECT_FALSE(wait(grant_run_role(*owner, "nobody_of_that_name")));
}

}  // namespace
}  // namespace qrgate
