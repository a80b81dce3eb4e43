#include "storage/pg_run_role.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <set>

#include "storage/task.hpp"

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
    TableRights{"audit", "SELECT", "event, outcome, person_id, method, subject, address, request_id, at"},
    TableRights{"audit_seal", "SELECT, INSERT"},
    TableRights{"audit_start", "SELECT"},
    TableRights{"proofing", "SELECT, INSERT, UPDATE"},
    TableRights{"consent", "SELECT, INSERT"},
    TableRights{"desk_case", "SELECT, INSERT, UPDATE"},
    TableRights{"preference", "SELECT, INSERT, UPDATE"},
    TableRights{"schema_migration", "SELECT"},
};

// What only its owner's rights can do, and a server may ask for. Spelled as PostgreSQL shows them.
constexpr std::array functions{"audit_retire(timestamp with time zone,integer)"};

// Who changes rights waits for others who do: PostgreSQL refuses the second of two that change one row of its
// catalogue ("tuple concurrently updated"). Of its own number: a migration may take long.
constexpr std::string_view lock_rights = "pg_advisory_xact_lock(7113420222)";

constexpr PgStatement read_tables{
    "run_role_tables", "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"};
constexpr PgStatement read_function{"run_role_function", "SELECT to_regprocedure($1) IS NOT NULL"};
constexpr PgStatement read_schema{"run_role_schema", "SELECT quote_ident(current_schema())"};
// Whoever only reads, a monitor or a backup, is no run role: those open sessions.
constexpr PgStatement read_granted{"run_role_granted", R"(
SELECT DISTINCT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
WHERE c.oid = to_regclass('session') AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
  AND NOT r.rolsuper ORDER BY 1)"};
// $1 the role. Each right that was given to it itself, one a row, as stated_rights writes them.
constexpr PgStatement read_rights{"run_role_rights", R"(
SELECT c.relname || ' ' || a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind <> 'S' AND a.grantee = to_regrole($1::text)::oid
UNION ALL
SELECT c.relname || ' ' || a.privilege_type || ' ' || t.attname
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
WHERE c.relnamespace = current_schema()::regnamespace AND a.grantee = to_regrole($1::text)::oid
UNION ALL
SELECT 'schema ' || a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) a
WHERE n.oid = current_schema()::regnamespace AND a.grantee = to_regrole($1::text)::oid
UNION ALL
SELECT 'function ' || p.oid::regprocedure FROM pg_proc p, aclexplode(p.proacl) a
WHERE p.pronamespace = current_schema()::regnamespace AND a.grantee = to_regrole($1::text)::oid)"};
constexpr PgStatement read_excess{"run_role_excess", R"(
SELECT r.rolsuper, pg_has_role(current_user, c.relowner, 'USAGE'),
       has_schema_privilege(c.relnamespace, 'CREATE'), has_database_privilege(current_database(), 'TEMPORARY')
FROM pg_class c, pg_roles r WHERE c.oid = to_regclass('schema_migration') AND r.rolname = current_user)"};

struct FinishConnection {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct ClearResult {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};

using Rights = std::set<std::string, std::less<>>;

std::string quoted(std::string_view name) {
    return '"' + std::string(name) + '"';
}

// "a, b": begin(a), begin(b).
void each_of(std::string_view list, const std::function<void(std::string_view)>& take) {
    while (!list.empty()) {
        const std::size_t comma = list.find(", ");
        take(list.substr(0, comma));
        list = comma == list.npos ? std::string_view() : list.substr(comma + 2);
    }
}

Rights texts(const PgRows& rows) {
    Rights out;
    for (std::size_t row = 0; row < rows.size(); ++row)
        out.emplace(rows.text(row, 0));
    return out;
}

// What is there in this version of the schema.
struct Present {
    Rights tables = {};
    std::vector<std::string> functions = {};
};

Task<Result<Present>> look(PgLease& lease) {
    Present it;
    auto tables = co_await lease.run(read_tables, {});
    if (!tables) co_return tables.error();
    it.tables = texts(*tables);
    for (const char* each : functions) {
        auto is_there = co_await lease.run(read_function, {pg(each)});
        if (!is_there) co_return is_there.error();
        if (is_there->boolean(0, 0)) it.functions.emplace_back(each);
    }
    co_return it;
}

Rights stated_rights(const Present& present) {
    Rights out{"schema USAGE"};
    for (const TableRights& each : rights) {
        if (!present.tables.contains(each.table)) continue;
        const std::string table(each.table);
        each_of(each.rights, [&](std::string_view right) { out.insert(table + ' ' + std::string(right)); });
        each_of(each.insert_only,
                [&](std::string_view column) { out.insert(table + " INSERT " + std::string(column)); });
    }
    for (const std::string& each : present.functions)
        out.insert("function " + each);
    return out;
}

// One transaction.
std::string grant_script(const std::string& where, const std::string& who, const Present& present) {
    std::string script = "BEGIN; SELECT " + std::string(lock_rights) +
                         "; REVOKE ALL ON ALL TABLES IN SCHEMA " + where + " FROM " + who +
                         "; REVOKE ALL ON ALL FUNCTIONS IN SCHEMA " + where + " FROM " + who +
                         "; REVOKE ALL ON SCHEMA " + where + " FROM " + who + "; GRANT USAGE ON SCHEMA " +
                         where + " TO " + who + ";";
    for (const TableRights& each : rights) {
        if (!present.tables.contains(each.table)) continue;
        std::string given(each.rights);
        if (!each.insert_only.empty()) given += ", INSERT (" + std::string(each.insert_only) + ")";
        script += " GRANT " + given + " ON " + where + "." + std::string(each.table) + " TO " + who + ";";
    }
    for (const std::string& each : present.functions)
        script += " GRANT EXECUTE ON FUNCTION " + where + "." + each + " TO " + who + ";";
    return script + " COMMIT";
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

Task<Result<void>> grant_run_role(PgDatabase& database, std::string role) {
    if (!is_role_name(role)) co_return Errc::bad_request;
    auto leased = co_await database.lease();
    if (!leased) co_return leased.error();
    PgLease& lease = **leased;
    auto present = co_await look(lease);
    if (!present) co_return present.error();
    auto has = co_await lease.run(read_rights, {pg(role)});
    if (!has) co_return has.error();
    if (texts(*has) == stated_rights(*present)) co_return Result<void>();
    auto schema = co_await lease.run(read_schema, {});
    if (!schema) co_return schema.error();
    auto done = co_await lease.script(grant_script(std::string(schema->text(0, 0)), quoted(role), *present));
    if (!done) co_await lease.script("ROLLBACK");
    co_return done;
}

Task<Result<std::vector<std::string>>> granted_run_roles(PgDatabase& database) {
    auto rows = co_await database.submit(read_granted, {});
    if (!rows) co_return rows.error();
    std::vector<std::string> roles;
    for (std::size_t row = 0; row < rows->size(); ++row)
        if (is_role_name(rows->text(row, 0))) roles.emplace_back(rows->text(row, 0));
    co_return roles;
}

Task<Result<std::optional<std::string>>> excess_of_role(PgDatabase& database) {
    auto rows = co_await database.submit(read_excess, {});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::nullopt;
    if (rows->boolean(0, 0)) co_return "is a superuser";
    if (rows->boolean(0, 1)) co_return "owns the tables";
    if (rows->boolean(0, 2)) co_return "may make tables";
    if (rows->boolean(0, 3)) co_return "may make temporary tables";
    co_return std::nullopt;
}

std::optional<std::string> make_run_role(const std::string& owner_connection) {
    const std::unique_ptr<PGconn, FinishConnection> connection(PQconnectdb(owner_connection.c_str()));
    if (PQstatus(connection.get()) != CONNECTION_OK) return PQerrorMessage(connection.get());
    const std::string name(private_run_role);
    const std::string script =
        "DO $$BEGIN PERFORM " + std::string(lock_rights) +
        "; IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '" + name + "') THEN CREATE ROLE " + name +
        " LOGIN; END IF; IF has_database_privilege('public', current_database(), 'TEMPORARY') THEN "
        "EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END IF; END$$";
    const std::unique_ptr<PGresult, ClearResult> result(PQexec(connection.get(), script.c_str()));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return PQerrorMessage(connection.get());
    return std::nullopt;
}

}  // namespace qrgate
