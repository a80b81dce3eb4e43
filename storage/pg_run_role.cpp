#include "storage/pg_run_role.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace qrgate {

namespace {

constexpr std::array rights{
    TableRights{"person", "SELECT, INSERT, UPDATE"},
    TableRights{"session", "SELECT, INSERT, UPDATE, DELETE"},
    TableRights{"ended_pre_session", "SELECT, INSERT, DELETE"},
    TableRights{"ticket", "SELECT, INSERT, UPDATE, DELETE"},
    TableRights{"certificate", "SELECT, INSERT, UPDATE"},
    TableRights{"evidence", "SELECT, INSERT"},
    TableRights{"sms_code", "SELECT, INSERT, UPDATE, DELETE"},
    TableRights{"budget", "SELECT, INSERT, UPDATE, DELETE"},
    TableRights{"audit", "SELECT, INSERT"},
    TableRights{"audit_seal", "SELECT, INSERT"},
    TableRights{"audit_start", "SELECT"},
    TableRights{"proofing", "SELECT, INSERT, UPDATE"},
    TableRights{"consent", "SELECT, INSERT"},
    TableRights{"desk_case", "SELECT, INSERT, UPDATE"},
    TableRights{"preference", "SELECT, INSERT, UPDATE"},
    TableRights{"schema_migration", "SELECT"},
};

// What only its owner's rights can do, and a server may ask for.
constexpr std::array functions{"audit_retire(timestamp with time zone, integer)"};

constexpr PgStatement read_tables{
    "run_role_tables", "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"};
constexpr PgStatement read_function{"run_role_function", "SELECT to_regprocedure($1) IS NOT NULL"};
constexpr PgStatement read_schema{"run_role_schema", "SELECT quote_ident(current_schema())"};
constexpr PgStatement read_granted{"run_role_granted", R"(
SELECT DISTINCT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
WHERE c.oid = to_regclass('schema_migration') AND a.grantee <> c.relowner AND NOT r.rolsuper ORDER BY 1)"};
constexpr PgStatement read_excess{"run_role_excess", R"(
SELECT r.rolsuper, pg_has_role(current_user, c.relowner, 'USAGE'),
       has_schema_privilege(c.relnamespace, 'CREATE')
FROM pg_class c, pg_roles r WHERE c.oid = to_regclass('schema_migration') AND r.rolname = current_user)"};

struct FinishConnection {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct ClearResult {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};

std::string quoted(std::string_view name) {
    return '"' + std::string(name) + '"';
}

}  // namespace

std::span<const TableRights> run_role_rights() noexcept {
    return rights;
}

bool is_role_name(std::string_view name) noexcept {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !name.empty() && name.size() <= 63 && !(name[0] >= '0' && name[0] <= '9') &&
           std::ranges::all_of(name, fits);
}

asio::awaitable<Result<void>> grant_run_role(PgDatabase& database, std::string role) {
    if (!is_role_name(role)) co_return Errc::bad_request;
    auto leased = co_await database.lease();
    if (!leased) co_return leased.error();
    PgLease& lease = **leased;
    auto schema = co_await lease.run(read_schema, {});
    if (!schema) co_return schema.error();
    const std::string where(schema->text(0, 0));
    const std::string who = quoted(role);
    std::string script = "BEGIN; REVOKE ALL ON ALL TABLES IN SCHEMA " + where + " FROM " + who +
                         "; REVOKE ALL ON SCHEMA " + where + " FROM " + who + "; GRANT USAGE ON SCHEMA " +
                         where + " TO " + who + ";";
    auto tables = co_await lease.run(read_tables, {});
    if (!tables) co_return tables.error();
    std::set<std::string, std::less<>> there;
    for (std::size_t row = 0; row < tables->size(); ++row)
        there.emplace(tables->text(row, 0));
    for (const TableRights& each : rights)
        if (there.contains(each.table))
            script += " GRANT " + std::string(each.rights) + " ON " + where + "." + std::string(each.table) +
                      " TO " + who + ";";
    for (const char* each : functions) {
        auto is_there = co_await lease.run(read_function, {pg(each)});
        if (!is_there) co_return is_there.error();
        if (is_there->boolean(0, 0))
            script += " GRANT EXECUTE ON FUNCTION " + std::string(each) + " TO " + who + ";";
    }
    auto done = co_await lease.script(script + " COMMIT");
    if (!done) co_await lease.script("ROLLBACK");
    co_return done;
}

asio::awaitable<Result<std::vector<std::string>>> granted_run_roles(PgDatabase& database) {
    auto rows = co_await database.submit(read_granted, {});
    if (!rows) co_return rows.error();
    std::vector<std::string> roles;
    for (std::size_t row = 0; row < rows->size(); ++row)
        if (is_role_name(rows->text(row, 0))) roles.emplace_back(rows->text(row, 0));
    co_return roles;
}

asio::awaitable<Result<std::optional<std::string>>> excess_of_role(PgDatabase& database) {
    auto rows = co_await database.submit(read_excess, {});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::nullopt;
    if (rows->boolean(0, 0)) co_return "is a superuser";
    if (rows->boolean(0, 1)) co_return "owns the tables";
    if (rows->boolean(0, 2)) co_return "may make tables";
    co_return std::nullopt;
}

std::optional<std::string> make_run_role(const std::string& owner_connection) {
    const std::unique_ptr<PGconn, FinishConnection> connection(PQconnectdb(owner_connection.c_str()));
    if (PQstatus(connection.get()) != CONNECTION_OK) return PQerrorMessage(connection.get());
    const std::string name(private_run_role);
    const std::string script =
        "DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '" + name + "') THEN CREATE ROLE " +
        name +
        " LOGIN; END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; "
        "END$$";
    const std::unique_ptr<PGresult, ClearResult> result(PQexec(connection.get(), script.c_str()));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return PQerrorMessage(connection.get());
    return std::nullopt;
}

}  // namespace qrgate
