// How PostgreSQL runs what is run most, while it knows nothing yet of how full the tables will be: a plan
// made on an empty table is kept until the table is analyzed, a minute later or more.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <regex>

#include "storage/migrate.hpp"
#include "storage/pg_statements.hpp"
#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

class PlansOnAFreshDatabase : public PgFixture {
protected:
    PlansOnAFreshDatabase() {
        if (!wait(migrate(*database))) throw std::runtime_error("not migrated");
    }
    // The plan that is kept, whatever the values.
    std::string plan(const PgStatement& statement, std::string_view nulls) {
        auto lease = wait(database->lease()).value();
        wait(lease->script(fmt::format("SET plan_cache_mode = force_generic_plan; PREPARE looked_at AS {}",
                                       statement.sql)))
            .value();
        const std::string explain = fmt::format("EXPLAIN EXECUTE looked_at({})", nulls);
        const PgRows rows = wait(lease->run({"explain", explain}, {})).value();
        std::string text;
        for (std::size_t row = 0; row < rows.size(); ++row)
            text.append(rows.text(row, 0)).append("\n");
        return text;
    }
    // Every way into the tables of sessions, people and tickets is by a key of one row.
    static void goes_by_keys(const std::string& plan) {
        static const std::regex way{
            R"((Scan on|Scan using (\w+) on) (session|person|ticket)\b|Bitmap Index Scan on \w+)"};
        int ways = 0;
        for (auto found = std::sregex_iterator(plan.begin(), plan.end(), way);
             found != std::sregex_iterator(); ++found, ++ways)
            EXPECT_THAT((*found)[2].str(),
                        testing::AnyOf("session_token_hash_key", "session_pkey", "person_pkey", "ticket_pkey",
                                       "ticket_open_of_pre_session", "ticket_of_pre_session"))
                << plan;
        EXPECT_GT(ways, 0) << plan;
    }

    std::unique_ptr<PgDatabase> database = open();
};

TEST_F(PlansOnAFreshDatabase, ASessionIsFoundByItsValue) {
    goes_by_keys(plan(find_session_statement, "NULL, NULL, NULL"));
}

TEST_F(PlansOnAFreshDatabase, ASessionIsUsedByItsValue) {
    goes_by_keys(plan(use_session_statement, "NULL, NULL, NULL"));
}

TEST_F(PlansOnAFreshDatabase, ASessionIsRenewedByItsValue) {
    goes_by_keys(plan(renew_session_statement, "NULL, NULL, NULL"));
}

TEST_F(PlansOnAFreshDatabase, ABrowsersTicketIsFoundByItsPreSession) {
    goes_by_keys(plan(resume_statement, "NULL, NULL"));
}

TEST_F(PlansOnAFreshDatabase, ABrowsersTicketIsCancelledByItsPreSession) {
    goes_by_keys(plan(cancel_ticket_statement, "NULL, NULL, NULL, NULL"));
}

TEST_F(PlansOnAFreshDatabase, SeveralSessionsAreFoundByTheirValues) {
    goes_by_keys(plan(find_sessions_statement, "NULL, NULL, NULL"));
}

}  // namespace
}  // namespace qrgate
