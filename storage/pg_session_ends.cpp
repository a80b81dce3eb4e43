// Sessions that end by themselves, and values of ended ones that come back.
#include "storage/names.hpp"
#include "storage/pg_shared.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {

namespace {

using pg_sql::sql;

// $1 now, $2 at most. What another connection holds is that connection's to end. The row's time is the
// moment the session was over, not the moment somebody looked.
constexpr PgStatement expire{"expire_sessions", sql<R"(
WITH due AS MATERIALIZED (
    SELECT id, CASE WHEN NOT presented AND present_until < least(idle_ends_at, expires_at) THEN 'unclaimed'
                    WHEN idle_ends_at < expires_at THEN 'idle' ELSE 'absolute' END AS why,
           CASE WHEN presented THEN least(idle_ends_at, expires_at)
                ELSE least(idle_ends_at, expires_at, present_until) END AS over
    FROM session
    WHERE ended_at IS NULL AND (idle_ends_at <= $1::timestamptz OR expires_at <= $1::timestamptz
                                OR (NOT presented AND present_until <= $1::timestamptz))
    ORDER BY expires_at, id LIMIT $2::integer FOR NO KEY UPDATE SKIP LOCKED),
x AS (
    UPDATE session s SET ended_at = due.over, end_reason = 'expired' FROM due
    WHERE s.id = due.id AND s.ended_at IS NULL RETURNING s.id, s.person_id, s.method, due.why, due.over),
noted AS (
    INSERT INTO audit)",
                                                    pg_sql::audit_columns, R"(
    SELECT 'session_expired', x.why, x.person_id, x.method, x.id, '', '', x.over FROM x ORDER BY x.over, x.id)
SELECT count(*) FROM x)">};

// $1 token hash, $2 kind, $3 now, $4 address, $5 request id.
constexpr PgStatement note_ended{"note_ended_session", sql<R"(
WITH f AS MATERIALIZED (
    SELECT id, person_id, method, coalesce(end_reason, 'expired') AS why FROM session
    WHERE token_hash = $1::bytea AND kind = $2::text
      AND (ended_at IS NOT NULL OR idle_ends_at <= $3::timestamptz OR expires_at <= $3::timestamptz
           OR (NOT presented AND present_until <= $3::timestamptz))),
noted AS (
    INSERT INTO audit)",
                                                           pg_sql::audit_columns, R"(
    SELECT 'session_use_after_expire', f.why, f.person_id, f.method, f.id, $4::text, $5::text, $3::timestamptz
    FROM f)
SELECT count(*) FROM f)">};

}  // namespace

// On a leased connection: it looks at every session that is open, and nobody's login waits behind that.
PgStorage::Answer<int> PgStorage::expire_sessions(WallTime now, int limit) {
    auto lease = co_await database_.lease();
    if (!lease) co_return lease.error();
    auto rows = co_await (*lease)->run(expire, {pg(now), pg(limit)});
    if (!rows) co_return rows.error();
    co_return static_cast<int>(rows->integer(0, 0));
}

PgStorage::Answer<bool> PgStorage::note_ended_session(Digest token_hash, SessionKind kind, WallTime now,
                                                      Trace trace) {
    PgValues values{pg(token_hash), pg(name_of(kind)), pg(now), pg(trace.address), pg(trace.request_id)};
    auto rows = co_await database_.submit(note_ended, std::move(values));
    if (!rows) co_return rows.error();
    co_return rows->integer(0, 0) > 0;
}

}  // namespace qrgate
