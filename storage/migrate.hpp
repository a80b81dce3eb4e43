// Brings the schema forward: the SQL files of storage/schema, in order, each once, each in its own
// transaction, under an advisory lock so that several processes may start at once. Never backward. Called by
// App and the `migrate` command before serving; I/O thread. Errors: as pg_database.hpp; a database this build
// must not touch is not an error but a report with `ready` false and a text for the operator.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/error.hpp"
#include "storage/pg_database.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct Migration {
    int version = 0;
    std::string_view name = {};  // of the file
    std::string_view sql = {};
};

struct MigrationReport {
    bool ready = false;
    int version = 0;                        // of the schema now
    std::vector<std::string> applied = {};  // by this call
    std::string text = {};                  // one plain line
};

// Built in from storage/schema, ascending.
std::vector<Migration> embedded_migrations();
int known_schema_version();
// One row, one integer: the version of the database. Refused (internal_error) where migrate never ran.
extern const PgStatement read_schema_version;

Task<Result<MigrationReport>> migrate(PgDatabase& database);
Task<Result<MigrationReport>> migrate(PgDatabase& database, std::vector<Migration> known);

}  // namespace qrgate
