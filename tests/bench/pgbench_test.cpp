#include "bench/pgbench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/bench_database.hpp"
#include "bench/options.hpp"
#include "storage/pg_statements.hpp"

namespace qrgate::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Pgbench, a_statement_gets_its_parameters_by_number_also_beyond_nine) {
    const PgStatement statement{"x", "SELECT $1::text, $11, $2, 'costs $' WHERE $1"};

    const std::string script =
        pgbench_statement(statement, {":one", ":two", "3", "4", "5", "6", "7", "8", "9", "10", "NULL"});

    EXPECT_EQ(script, "SELECT :one::text, NULL, :two, 'costs $' WHERE :one;\n");
}

TEST(Pgbench, the_confirm_script_is_the_products_own_statement) {
    const PgbenchScript script = confirm_script(8);

    EXPECT_THAT(script.text, HasSubstr("UPDATE ticket SET state = 'confirmed'"));
    EXPECT_THAT(script.text, HasSubstr("INSERT INTO evidence"));
    EXPECT_THAT(script.text, Not(HasSubstr("$1")));
    // Every variable of the script is given, or set in it.
    for (const char* name :
         {"session", "nonce", "text", "signature", "chain", "at", "until", "address", "request"}) {
        EXPECT_THAT(script.text, HasSubstr(std::string(":") + name));
        EXPECT_TRUE(std::ranges::any_of(script.variables, [&](const auto& one) { return one.first == name; }))
            << name;
    }
}

TEST(Pgbench, its_last_lines_are_read) {
    const PgbenchResult result = read_pgbench(
        "\npgbench (15.14)\nnumber of transactions actually processed: 2204\nlatency average = 1.8 ms\n"
        "tps = 4391.25 (without initial connection time)\n");

    EXPECT_DOUBLE_EQ(result.per_second, 4391.25);
    EXPECT_EQ(result.processed, 2204);
}

TEST(Pgbench, a_run_that_did_not_end_well_says_why) {
    try {
        read_pgbench("\npgbench: error: connection to server failed\n");
        FAIL() << "it was read";
    } catch (const CannotMeasure& refusal) {
        EXPECT_THAT(refusal.what(), HasSubstr("connection to server failed"));
    }
}

TEST(BenchTickets, are_numbered_by_their_hash) {
    EXPECT_EQ(hex(ticket_hash(0x1234)), std::string(60, '0') + "1234");
    EXPECT_EQ(certificate_serial(BenchDatabase::people + 5), "5");
}

}  // namespace
}  // namespace qrgate::bench
