// What the role of a server may do with a real PostgreSQL, and what not.
#include "storage/pg_run_role.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "storage/migrate.hpp"
#include "storage/pg_audit_ledger.hpp"
#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RunRole : public PgFixture {
protected:
    RunRole() {
        EXPECT_EQ(make_run_role(connection_string()), std::nullopt);
        EXPECT_EQ(make_run_role(connection_string()), std::nullopt) << "twice is fine";
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
    std::string one(PgDatabase& database, std::string_view name, std::string_view sql) {
        return column(database, name, sql).at(0);
    }
    void temporary(std::string how) {
        script(*owner, "DO $$BEGIN EXECUTE format('" + how + "', current_database()); END$$");
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
    for (const std::string sql : {"CREATE TABLE mine (v integer)", "CREATE SCHEMA mine",
                                  "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
                                  "CREATE INDEX i ON person (level)", "CREATE ROLE other",
                                  "CREATE EXTENSION pgcrypto", "CREATE TEMPORARY TABLE mine (v integer)"})
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

TEST_F(RunRole, SaysNeitherWhereAnAuditRowStandsNorItsNumber) {
    EXPECT_FALSE(
        may("INSERT INTO audit (event, outcome, address, request_id, at, position) "
            "VALUES ('e', 'o', 'a', 'r', now(), 1)"));
    EXPECT_FALSE(
        may("INSERT INTO audit (number, event, outcome, address, request_id, at) "
            "OVERRIDING SYSTEM VALUE VALUES (1, 'e', 'o', 'a', 'r', now())"));
}

TEST_F(RunRole, CannotHaveAuditRowsDeletedBehindTemporaryTablesOfItsOwn) {
    script(*owner,
           "INSERT INTO audit (event, outcome, address, request_id, at) VALUES ('e', 'o', 'a', 'r', now())");
    temporary("GRANT TEMPORARY ON DATABASE %I TO qrgate_run");
    auto lease = wait(run->lease()).value();
    ASSERT_TRUE(wait(lease->script(
        "CREATE TEMPORARY TABLE audit_start (only_row boolean, seal bigint);"
        "CREATE TEMPORARY TABLE audit_seal (LIKE public.audit_seal);"
        "INSERT INTO audit_start VALUES (true, 0);"
        "INSERT INTO audit_seal (seal, row_count, last_position, last_number, sealed_at, marks, digest, mac) "
        "SELECT s, 1, 1000000000, 1000000000, now() - interval '400 days', '', '', '' "
        "FROM generate_series(1, 2) s;"
        "GRANT ALL ON pg_temp.audit_start, pg_temp.audit_seal TO PUBLIC")));

    const auto gone = wait(lease->run({"attack", "SELECT audit_retire(now(), 1000)"}, {}));

    EXPECT_EQ(gone.value().integer(0, 0), 0);
    EXPECT_EQ(one(*owner, "left", "SELECT count(*)::text FROM audit"), "1");
}

TEST_F(RunRole, MigrationsLeaveTheSearchPathAsItWas) {
    // On the connection that migrated: a lease is given back and taken again.
    EXPECT_EQ(one(*owner, "path", "SHOW search_path"), "\"$user\", public");
    auto lease = wait(owner->lease()).value();
    EXPECT_EQ(wait(lease->run({"path_of_lease", "SHOW search_path"}, {})).value().text(0, 0),
              "\"$user\", public");
}

TEST_F(RunRole, SealsBehindADumpThatWasRestoredUnderIt) {
    PgAuditLedger ledger(*run);
    const WallTime now = *parse_time("2026-11-22T08:00:00Z");
    const std::string row = "INSERT INTO audit (event, outcome, address, request_id, at";
    script(*owner, row + ", position) VALUES ('of the dump', 'ok', '', '', now(), 1000000000)");

    // Nothing of ours was started anew.
    EXPECT_EQ(wait(ledger.seal(Digest{}, now, 100)).value().made->rows, 1);
    script(*owner, row + ") VALUES ('after it', 'ok', '', '', now())");
    const SealRound after = wait(ledger.seal(Digest{}, now, 100)).value();

    ASSERT_TRUE(after.made);
    EXPECT_EQ(after.made->rows, 1);
    EXPECT_GT(after.made->last.position, 1'000'000'000);
}

TEST_F(RunRole, IsGivenItsRightsByTwoAtOnce) {
    auto other = open();
    for (int round = 0; round < 20; ++round) {
        script(*owner, "REVOKE SELECT ON person FROM qrgate_run");
        const auto first = spawn(grant_run_role(*owner, std::string(private_run_role)));
        const auto second = spawn(grant_run_role(*other, std::string(private_run_role)));
        until([&] { return first->done() && second->done(); });
        ASSERT_TRUE(first->answer->has_value() && second->answer->has_value()) << round;
        EXPECT_TRUE(may("SELECT id FROM person"));
    }
}

TEST_F(RunRole, IsMadeByTwoAtOnce) {
    for (int round = 0; round < 10; ++round) {
        temporary("GRANT TEMPORARY ON DATABASE %I TO PUBLIC");
        auto other = std::async(std::launch::async, [this] { return make_run_role(connection_string()); });
        EXPECT_EQ(make_run_role(connection_string()), std::nullopt);
        EXPECT_EQ(other.get(), std::nullopt);
        EXPECT_FALSE(may("CREATE TEMPORARY TABLE mine (v integer)"));
    }
}

TEST_F(RunRole, IsLeftAloneWhereItHasItsRights) {
    const std::string_view row = "SELECT xmin::text FROM pg_class WHERE oid = 'person'::regclass";
    const std::string before = one(*owner, "row_of_person", row);

    EXPECT_TRUE(wait(grant_run_role(*owner, std::string(private_run_role))));
    EXPECT_EQ(one(*owner, "row_of_person", row), before);

    script(*owner, "GRANT DELETE ON person TO qrgate_run");
    EXPECT_TRUE(wait(grant_run_role(*owner, std::string(private_run_role))));
    EXPECT_FALSE(may("DELETE FROM person")) << "more than the list says goes, too";
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

TEST_F(RunRole, IsNotARoleThatOnlyReads) {
    script(*owner,
           "DO $$BEGIN CREATE ROLE qrgate_monitor; EXCEPTION WHEN duplicate_object THEN NULL; END$$;"
           "GRANT SELECT ON ALL TABLES IN SCHEMA public TO qrgate_monitor");

    EXPECT_THAT(wait(granted_run_roles(*owner)).value(), ElementsAre(private_run_role));
}

TEST_F(RunRole, IsToldFromAnOwnerAndASuperuser) {
    EXPECT_EQ(wait(excess_of_role(*run)).value(), std::nullopt);
    EXPECT_EQ(wait(excess_of_role(*owner)).value(), "is a superuser");
    temporary("GRANT TEMPORARY ON DATABASE %I TO PUBLIC");
    EXPECT_EQ(wait(excess_of_role(*run)).value(), "may make temporary tables");
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
