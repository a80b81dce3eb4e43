// The role that servers run as: it reads and writes rows, each table only in the ways that its statements
// need, and cannot make, change, drop or empty a table; what is written down for good (audit, evidence,
// consents) it cannot change or delete. Schema changes are the owner's (`qrgate migrate`). The list below is
// the whole of its rights; a test compares it with the tables that are there. I/O thread, but for
// make_run_role, which blocks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/error.hpp"
#include "storage/pg_database.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct TableRights {
    std::string_view table;
    std::string_view rights;            // as GRANT takes them
    std::string_view insert_only = {};  // columns that it may put in, where it may not put in all
};
std::span<const TableRights> run_role_rights() noexcept;

// Of the private PostgreSQL.
inline constexpr std::string_view private_run_role = "qrgate_run";

// Lower-case letters, digits and _, at most 63, as PostgreSQL takes them without quotes.
bool is_role_name(std::string_view name) noexcept;

// By the tables' owner: where the role's rights are not those of the list, takes every right on tables and
// functions from it and gives those, in one transaction; several may do so at once. internal_error: there is
// no such role, or we are not the owner (the log has PostgreSQL's words).
Task<Result<void>> grant_run_role(PgDatabase& database, std::string role);
// Roles that were granted it before (they may open sessions); after a migration they need the rights on new
// tables.
Task<Result<std::vector<std::string>>> granted_run_roles(PgDatabase& database);

// What the role of this connection may do that a server should not: "is a superuser", "owns the tables", "may
// make temporary tables"; none: nothing.
Task<Result<std::optional<std::string>>> excess_of_role(PgDatabase& database);

// Makes the private PostgreSQL's role where it is missing, and takes temporary tables, which no statement of
// ours uses, from everybody but the owner. Several may do so at once. The error is one plain line.
std::optional<std::string> make_run_role(const std::string& owner_connection);

}  // namespace qrgate
