#include "storage/migrate.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "storage/task.hpp"

namespace qrgate {

const PgStatement read_schema_version{"read_schema_version",
                                      "SELECT coalesce(max(version), 0) FROM schema_migration"};

namespace {

using namespace std::chrono_literals;

constexpr auto migration_deadline = std::chrono::minutes{30};
constexpr auto lock_retry = 100ms;
constexpr int lock_tries = 600;

constexpr PgStatement may_change{"migrate_may_change",
                                 "SELECT to_regclass('schema_migration') IS NOT NULL, "
                                 "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"};
constexpr PgStatement try_lock{"migrate_try_lock", "SELECT pg_try_advisory_lock(7113420220)"};
constexpr PgStatement unlock{"migrate_unlock", "SELECT pg_advisory_unlock(7113420220)"};
constexpr PgStatement read_applied{"migrate_read_applied",
                                   "SELECT version, name, sha256 FROM schema_migration ORDER BY version"};
constexpr PgStatement write_applied{
    "migrate_write_applied", "INSERT INTO schema_migration (version, name, sha256) VALUES ($1, $2, $3)"};
constexpr std::string_view owner_needed =
    "this database's role may not change the schema: run `qrgate migrate --grant-to ROLE` with the owner's "
    "database.url first";
constexpr const char* make_table =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    "version integer PRIMARY KEY, name text NOT NULL, sha256 bytea NOT NULL, "
    "applied_at timestamptz NOT NULL DEFAULT now())";

Task<Result<bool>> take_lock(PgLease& lease) {
    Timer timer{co_await asio::this_coro::executor};
    for (int i = 0; i < lock_tries; ++i) {
        auto locked = co_await lease.run(try_lock, {});
        if (!locked) co_return locked.error();
        if (locked->boolean(0, 0)) co_return true;
        timer.expires_after(lock_retry);
        co_await timer.async_wait(asio::as_tuple(use_task));
    }
    co_return false;
}

// What forbids this build to use the database; none: nothing.
std::optional<std::string> objection(const PgRows& applied, const std::vector<Migration>& known) {
    for (std::size_t row = 0; row < applied.size(); ++row) {
        const auto version = applied.integer(row, 0);
        const std::string name{applied.text(row, 1)};
        const auto same = std::find_if(known.begin(), known.end(), [&](const Migration& migration) {
            return migration.version == version;
        });
        if (same == known.end()) {
            return "the database is newer than this build: it has " + name +
                   ", which this build does not know; start a newer build";
        }
        if (sha256(as_bytes(same->sql)) != applied.digest(row, 2)) {
            return "the file " + std::string{same->name} +
                   " was changed after it had been applied to this database; restore it, changes go into a "
                   "new file";
        }
    }
    return std::nullopt;
}

Task<Result<void>> apply(PgLease& lease, Migration migration) {
    auto begun = co_await lease.script("BEGIN; SET LOCAL statement_timeout = 0");
    if (!begun) co_return begun.error();
    auto done = co_await lease.script(std::string{migration.sql});
    if (!done) co_return done.error();
    PgValues values{pg(migration.version), pg(migration.name), pg(sha256(as_bytes(migration.sql)))};
    auto written = co_await lease.run(write_applied, std::move(values));
    if (!written) co_return written.error();
    co_return co_await lease.script("COMMIT");
}

Task<Result<MigrationReport>> migrate_locked(PgLease& lease, std::vector<Migration> known) {
    auto rights = co_await lease.run(may_change, {});
    if (!rights) co_return rights.error();
    const bool is_there = rights->boolean(0, 0);
    const bool is_allowed = rights->boolean(0, 1);
    if (!is_there && is_allowed) {
        auto made = co_await lease.script(make_table);
        if (!made) co_return made.error();
    }
    if (!is_there && !is_allowed) co_return MigrationReport{.text = std::string{owner_needed}};
    auto applied = co_await lease.run(read_applied, {});
    if (!applied) co_return applied.error();
    MigrationReport report;
    if (!applied->empty()) report.version = static_cast<int>(applied->integer(applied->size() - 1, 0));
    if (auto refused = objection(*applied, known)) {
        report.text = std::move(*refused);
        co_return report;
    }
    if (!is_allowed && !known.empty() && report.version < known.back().version) {
        report.text =
            "the schema has version " + std::to_string(report.version) + "; " + std::string{owner_needed};
        co_return report;
    }
    for (const Migration& migration : known) {
        if (migration.version <= report.version) continue;
        auto done = co_await apply(lease, migration);
        if (!done) {
            const bool refused = done.error() == Errc::internal_error || done.error() == Errc::conflict;
            if (!refused) co_return done.error();
            co_await lease.script("ROLLBACK");
            report.text = "PostgreSQL refused " + std::string{migration.name} +
                          "; nothing of that file was applied, the log has the reason";
            co_return report;
        }
        report.version = migration.version;
        report.applied.emplace_back(migration.name);
    }
    report.ready = true;
    report.text = "the schema has version " + std::to_string(report.version) + ", " +
                  std::to_string(report.applied.size()) + " files applied now";
    co_return report;
}

}  // namespace

int known_schema_version() {
    const auto known = embedded_migrations();
    return known.empty() ? 0 : known.back().version;
}

Task<Result<MigrationReport>> migrate(PgDatabase& database) {
    return migrate(database, embedded_migrations());
}

Task<Result<MigrationReport>> migrate(PgDatabase& database, std::vector<Migration> known) {
    auto leased = co_await database.lease();
    if (!leased) co_return leased.error();
    PgLease& lease = **leased;
    lease.set_deadline(migration_deadline);
    auto locked = co_await take_lock(lease);
    if (!locked) co_return locked.error();
    if (!*locked) {
        MigrationReport report;
        report.text =
            "another process has been changing this database's schema for a minute; try again later";
        co_return report;
    }
    auto report = co_await migrate_locked(lease, std::move(known));
    // On a lost connection the lock is gone with it.
    co_await lease.run(unlock, {});
    co_return report;
}

}  // namespace qrgate
