// Levels: set by an operator, ended by time.
#include "storage/pg_levels.hpp"

#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;

// $1 now, $2 address, $3 request id, $4 id, $5 level, $6 evidence.
constexpr PgStatement set_level{"set_person_level",
                                sql<R"(
WITH p AS (
    UPDATE person SET level = $5::integer, level_evidence = $6::text,
        level_since = CASE WHEN level = $5::integer THEN level_since ELSE $1::timestamptz END, level_ends_at = NULL, changed_at = $1::timestamptz
    WHERE id = $4
    RETURNING id, level, 'level:' || level || ' ' || level_evidence AS said),)",
                                    pg_sql::level_ends, pg_sql::note_level, "SELECT id FROM p">};

// $1 now, $2 how many.
constexpr PgStatement due{"list_due_levels", R"(
SELECT id FROM person WHERE level_ends_at <= $1::timestamptz ORDER BY level_ends_at, id LIMIT $2::integer)",
                          PgUse::read};

// $1 now, $2 address, $3 request id, $4 id. A level that was renewed meanwhile stays.
constexpr PgStatement expire_one{"expire_level",
                                 sql<R"(
WITH p AS (
    UPDATE person SET level = least(level, 2), level_evidence = 'expired:' || level_evidence,
        level_since = CASE WHEN level <= 2 THEN level_since ELSE $1::timestamptz END, level_ends_at = NULL,
        changed_at = $1::timestamptz
    WHERE id = $4 AND level_ends_at <= $1::timestamptz
    RETURNING id, level, 'level:' || level || ' ' || level_evidence AS said),)",
                                     pg_sql::level_ends, pg_sql::note_level, "SELECT id FROM p">};

}  // namespace

PgStorage::Answer<void> PgStorage::set_person_level(std::string id, int level, std::string evidence,
                                                    WallTime now, Trace trace) {
    PgValues values{pg(now), pg(trace.address), pg(trace.request_id), pg(id), pg(level), pg(evidence)};
    auto rows = co_await with_person_locked(id, set_level, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::not_found;
    co_return Result<void>();
}

PgStorage::Answer<int> PgStorage::expire_levels(WallTime now, int limit) {
    auto people = co_await database_.submit(due, {pg(now), pg(limit)});
    if (!people) co_return people.error();
    int fallen = 0;
    for (std::size_t row = 0; row < people->size(); ++row) {
        const std::string id(people->text(row, 0));
        auto rows = co_await with_person_locked(id, expire_one, {pg(now), pg(""), pg(""), pg(id)});
        if (!rows) co_return rows.error();
        fallen += rows->empty() ? 0 : 1;
    }
    co_return fallen;
}

}  // namespace qrgate
