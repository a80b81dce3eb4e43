// PostgreSQL's own load program as the peer of Storage (P4): the product's statements as its scripts, and
// what it says at the end. Blocking; errors: CannotMeasure.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/pg_database.hpp"

namespace qrgate::bench {

// The statement with its n-th parameter written as values[n − 1], a statement of a pgbench script.
std::string pgbench_statement(const PgStatement& statement, const std::vector<std::string>& values);

// select.sql and confirm.sql for a database that BenchDatabase filled.
struct PgbenchScript {
    std::string name = {};
    std::string text = {};
    std::vector<std::pair<std::string, std::string>> variables = {};  // for -D
};
PgbenchScript select_script();
PgbenchScript confirm_script(int clients);
void write_scripts(const std::filesystem::path& folder);

struct PgbenchResult {
    double per_second = 0;
    std::int64_t processed = 0;
};
// Its last lines; throws for anything else, with the line that says why.
PgbenchResult read_pgbench(std::string_view output);

// pgbench -M prepared -c8 -j2 -n -f script -T seconds.
PgbenchResult run_pgbench(const std::filesystem::path& program, const std::string& connection_string,
                          const PgbenchScript& script, int seconds);
inline constexpr int pgbench_clients = 8;

}  // namespace qrgate::bench
