// Sessions.
#include <algorithm>

#include "storage/names.hpp"
#include "storage/pg_array.hpp"
#include "storage/pg_login.hpp"
#include "storage/pg_statements.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace pg_sql {

PgValues login_values(const NewSession& it, const Trace& trace) {
    return {pg_digest(it.pre_session_hash),
            pg(it.id),
            pg(it.token_hash),
            pg(name_of(it.kind)),
            pg(name_of(it.method)),
            pg(it.aal),
            pg(it.opened_at),
            pg(static_cast<std::int64_t>(it.idle.count())),
            pg(std::min(it.opened_at + it.idle, it.expires_at)),
            pg(it.expires_at),
            pg(WallTime(it.opened_at + it.present_within)),
            pg(it.address),
            pg(it.browser),
            pg(it.place),
            pg_digest(it.device_hash),
            pg(trace.address),
            pg(trace.request_id)};
}

}  // namespace pg_sql

namespace {

using pg_sql::sql;
using pg_sql::Text;

// pg_login.hpp's, then $18 person, $19 password hash (or null).
// Locks in the order of redeem_ticket: the ticket, the person, the pre-session.
constexpr PgStatement open_one{
    "open_session", sql<R"(
WITH t AS MATERIALIZED (
    SELECT token_hash FROM ticket WHERE pre_session_hash = $1::bytea AND state IN ('scanned', 'confirmed')
    FOR NO KEY UPDATE),
p AS MATERIALIZED (
    SELECT id, kind, name, level, state, password_hash FROM person
    WHERE id = $18::text AND (SELECT count(*) FROM t) >= 0 FOR SHARE),
v AS MATERIALIZED (
    SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM p WHERE p.state = 'active'
                                 AND ($19::text IS NULL OR p.password_hash = $19::text)) THEN 'credentials_wrong'
                WHEN EXISTS (SELECT 1 FROM ended_pre_session WHERE hash = $1::bytea) THEN 'session_missing'
                ELSE 'ok' END AS code),
ended AS (
    INSERT INTO ended_pre_session (hash, ended_at) SELECT $1::bytea, $7::timestamptz FROM v
    WHERE v.code = 'ok' AND $1::bytea IS NOT NULL ON CONFLICT DO NOTHING RETURNING hash),
g AS MATERIALIZED (
    SELECT CASE WHEN v.code = 'ok' AND $1::bytea IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ended)
                THEN 'session_missing' ELSE v.code END AS code, $18::text AS person_id
    FROM v),
cancelled AS (
    UPDATE ticket k SET state = 'cancelled', ended_at = $7::timestamptz FROM g, t
    WHERE g.code = 'ok' AND k.token_hash = t.token_hash AND k.state IN ('scanned', 'confirmed')
    RETURNING k.token_hash, k.person_id),)",
                        pg_sql::opened, R"(,
e AS ()",
                        pg_sql::login_events, R"(
    UNION ALL SELECT 1, 'ticket_cancelled', 'ok', c.person_id, '', left(encode(c.token_hash, 'hex'), 16)
    FROM cancelled c
    UNION ALL SELECT 2, 'authn_login_fail', g.code, g.person_id, $5::text, '' FROM g WHERE g.code <> 'ok'),
noted AS (
    INSERT INTO audit)",
                        pg_sql::audit_columns, pg_sql::write_login_events, R"()
SELECT g.code,)",
                        pg_sql::session_columns, R"(FROM g LEFT JOIN opened s ON true LEFT JOIN p ON true)">};

// Of session `s`, with the time as $3.
constexpr Text in_time{
    " $3::timestamptz < s.idle_ends_at AND $3::timestamptz < s.expires_at"
    " AND (s.presented OR $3::timestamptz < s.present_until) "};
constexpr Text open{" s.ended_at IS NULL AND "};
// The same, of the one session with an id or a value. `ended_at` is the condition of indexes over all open
// sessions, and to a planner that knows nothing of a table yet, whose plan then stays, going through all of
// them looks no dearer than one key. That is why keys are looked up in steps of their own, too.
constexpr Text alone_open{" s.end_reason IS NULL AND "};

// $1 token hash, $2 kind, $3 now. The minute is names.hpp's use_written_every.
constexpr PgStatement use_one{"use_session", sql<R"(
WITH s AS MATERIALIZED (SELECT * FROM session WHERE token_hash = $1),
p AS MATERIALIZED (SELECT * FROM person WHERE id = (SELECT s.person_id FROM s)),
f AS MATERIALIZED (
    SELECT s.*, p.kind AS person_kind, p.name AS person_name, p.level AS person_level
    FROM s, p WHERE s.kind = $2 AND p.state = 'active' AND)",
                                                 open, in_time, R"(),
u AS (
    UPDATE session x SET presented = true, last_used_at = $3::timestamptz,
        idle_ends_at = least($3::timestamptz + x.idle_s * interval '1 second', x.expires_at)
    WHERE x.id = (SELECT f.id FROM f) AND x.end_reason IS NULL
      AND (NOT x.presented OR $3::timestamptz >= x.last_used_at + interval '60 seconds')
    RETURNING x.last_used_at, x.idle_ends_at)
SELECT f.id, f.person_id, f.kind, f.method, f.aal, f.opened_at, coalesce(u.last_used_at, f.last_used_at),
       coalesce(u.idle_ends_at, f.idle_ends_at), f.expires_at, f.address, f.browser, f.place, f.device_hash,
       f.person_kind, f.person_name, f.person_level
FROM f LEFT JOIN u ON true)">};

// As use_session, without the use.
constexpr PgStatement find_live{
    "find_session",
    sql<R"(
WITH s AS MATERIALIZED (SELECT * FROM session WHERE token_hash = $1),
p AS MATERIALIZED (SELECT * FROM person WHERE id = (SELECT s.person_id FROM s))
SELECT)",
        pg_sql::session_columns, "FROM s, p WHERE s.kind = $2 AND p.state = 'active' AND", open, in_time>,
    PgUse::read};

// $1 token hashes, $2 kind, $3 now. With the place of its hash, from one on.
constexpr PgStatement find_many_live{"find_sessions",
                                     sql<"SELECT a.place,", pg_sql::session_columns, R"(
FROM unnest($1::bytea[]) WITH ORDINALITY AS a (token_hash, place)
CROSS JOIN LATERAL (SELECT * FROM session WHERE token_hash = a.token_hash OFFSET 0) s
CROSS JOIN LATERAL (SELECT * FROM person WHERE id = s.person_id OFFSET 0) p
WHERE s.kind = $2 AND p.state = 'active' AND)",
                                         open, in_time>,
                                     PgUse::read};

// $1 person, $2 kind, $3 now.
constexpr PgStatement list_live{"list_sessions",
                                sql<"SELECT", pg_sql::session_columns, R"(
FROM session s JOIN person p ON p.id = s.person_id
WHERE s.person_id = $1 AND s.kind = $2 AND)",
                                    open, in_time, "ORDER BY s.opened_at DESC, s.id COLLATE \"C\" DESC">,
                                PgUse::read};

// $1 person (null: the operator), $2 session, $3 now, $4 reason, $5 address, $6 request id. What a phone
// scanned ends with its login: nobody is left who could confirm or withdraw it.
constexpr PgStatement end_one{"end_session", sql<R"(
WITH x AS (
    UPDATE session s SET ended_at = $3::timestamptz, end_reason = $4::text
    WHERE ($1::text IS NULL OR s.person_id = $1::text) AND s.id = $2::text AND)",
                                                 alone_open, in_time, R"(
    RETURNING s.id, s.person_id, s.kind),
t AS (
    UPDATE ticket k SET state = 'cancelled', ended_at = $3::timestamptz FROM x
    WHERE x.kind = 'phone' AND k.person_id = x.person_id AND k.phone_session_id = x.id
      AND k.state IN ('scanned', 'confirmed')
    RETURNING k.token_hash, k.person_id),
e AS (
    SELECT 1 AS place, 'session_ended' AS event, $4::text AS outcome, x.person_id, x.id AS subject FROM x
    UNION ALL SELECT 2, 'ticket_cancelled', 'ok', t.person_id, left(encode(t.token_hash, 'hex'), 16) FROM t),
noted AS (
    INSERT INTO audit)",
                                                 pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, e.person_id, '', e.subject, $5::text, $6::text, $3::timestamptz FROM e
    ORDER BY e.place, e.subject)
SELECT count(*) FROM x)">};

// $1 old value, $2 new value, $3 now. A level may date from a clock that was ahead: once is enough for it,
// too.
constexpr PgStatement renew{"renew_session", sql<R"(
UPDATE session s SET token_hash = $2::bytea, value_since = greatest($3::timestamptz, p.level_since) FROM person p
WHERE s.token_hash = $1::bytea AND s.kind = 'browser' AND p.id = s.person_id AND p.state = 'active'
  AND p.level_since > coalesce(s.value_since, s.opened_at) AND)",
                                                 alone_open, in_time, "RETURNING s.id">};

// $1 person, $2 the session that stays, and so on; $7 how many more stay.
constexpr PgStatement end_others{"end_other_sessions", sql<R"(
WITH f AS MATERIALIZED (
    SELECT s.id FROM session s
    WHERE s.person_id = $1::text AND s.kind = 'browser' AND s.id <> $2::text AND)",
                                                           open, in_time, R"(
    ORDER BY s.opened_at DESC, s.id COLLATE "C" DESC OFFSET $7::integer),
x AS (
    UPDATE session s SET ended_at = $3::timestamptz, end_reason = $4::text FROM f
    WHERE s.id = f.id AND s.ended_at IS NULL
    RETURNING s.id, s.person_id),
noted AS (
    INSERT INTO audit)",
                                                           pg_sql::audit_columns, R"(
    SELECT 'session_ended', $4::text, x.person_id, '', x.id, $5::text, $6::text, $3::timestamptz FROM x ORDER BY x.id)
SELECT count(*) FROM x)">};

}  // namespace

const PgStatement use_session_statement = use_one;
const PgStatement find_session_statement = find_live;
const PgStatement find_sessions_statement = find_many_live;
const PgStatement renew_session_statement = renew;

PgStorage::Answer<Session> PgStorage::open_session(std::string person_id,
                                                   std::optional<std::string> password_hash,
                                                   NewSession session, Trace trace) {
    PgValues values = pg_sql::login_values(session, trace);
    values.push_back(pg(person_id));
    values.push_back(pg(password_hash));
    auto rows = co_await database_.submit(open_one, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->text(0, 0) != "ok") co_return pg_sql::refusal(rows->text(0, 0));
    co_return pg_sql::read_session(sealer_, *rows, 0, 1);
}

PgStorage::Answer<std::optional<Session>> PgStorage::use_session(Digest token_hash, SessionKind kind,
                                                                 WallTime now) {
    auto rows = co_await database_.submit(use_one, {pg(token_hash), pg(name_of(kind)), pg(now)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<Session>();
    auto session = pg_sql::read_session(sealer_, *rows, 0, 0);
    if (!session) co_return session.error();
    co_return std::optional<Session>(std::move(*session));
}

PgStorage::Answer<std::optional<Session>> PgStorage::find_session(Digest token_hash, SessionKind kind,
                                                                  WallTime now) {
    auto rows = co_await database_.submit(find_live, {pg(token_hash), pg(name_of(kind)), pg(now)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<Session>();
    auto session = pg_sql::read_session(sealer_, *rows, 0, 0);
    if (!session) co_return session.error();
    co_return std::optional<Session>(std::move(*session));
}

PgStorage::Answer<std::vector<std::optional<Session>>> PgStorage::find_sessions(
    std::vector<Digest> token_hashes, SessionKind kind, WallTime now) {
    std::vector<std::optional<Session>> out(token_hashes.size());
    PgArray hashes;
    for (const Digest& hash : token_hashes)
        hashes.octets(hash);
    auto rows =
        co_await database_.submit(find_many_live, {std::move(hashes).value(), pg(name_of(kind)), pg(now)});
    if (!rows) co_return rows.error();
    for (std::size_t row = 0; row < rows->size(); ++row) {
        auto session = pg_sql::read_session(sealer_, *rows, row, 1);
        if (!session) co_return session.error();
        out.at(static_cast<std::size_t>(rows->integer(row, 0)) - 1) = std::move(*session);
    }
    co_return out;
}

PgStorage::Answer<std::vector<Session>> PgStorage::list_sessions(std::string person_id, SessionKind kind,
                                                                 WallTime now) {
    auto rows = co_await database_.submit(list_live, {pg(person_id), pg(name_of(kind)), pg(now)});
    if (!rows) co_return rows.error();
    std::vector<Session> out;
    for (std::size_t row = 0; row < rows->size(); ++row) {
        auto session = pg_sql::read_session(sealer_, *rows, row, 0);
        if (!session) co_return session.error();
        out.push_back(std::move(*session));
    }
    co_return out;
}

PgStorage::Answer<bool> PgStorage::end_session(std::string person_id, std::string session_id,
                                               std::string reason, WallTime now, Trace trace) {
    PgValues values{pg(person_id), pg(session_id),    pg(now),
                    pg(reason),    pg(trace.address), pg(trace.request_id)};
    auto rows = co_await database_.submit(end_one, std::move(values));
    if (!rows) co_return rows.error();
    co_return rows->integer(0, 0) > 0;
}

PgStorage::Answer<bool> PgStorage::renew_session(Digest old_hash, Digest new_hash, WallTime now) {
    auto rows = co_await database_.submit(renew, {pg(old_hash), pg(new_hash), pg(now)});
    if (!rows) co_return rows.error();
    co_return !rows->empty();
}

PgStorage::Answer<bool> PgStorage::end_session_by_operator(std::string session_id, WallTime now,
                                                           Trace trace) {
    PgValues values{PgValue{},      pg(session_id),    pg(now),
                    pg("operator"), pg(trace.address), pg(trace.request_id)};
    auto rows = co_await database_.submit(end_one, std::move(values));
    if (!rows) co_return rows.error();
    co_return rows->integer(0, 0) > 0;
}

PgStorage::Answer<int> PgStorage::end_other_sessions(std::string person_id, std::string keep, int newest,
                                                     std::string reason, WallTime now, Trace trace) {
    PgValues values{pg(person_id),        pg(keep),  pg(now), pg(reason), pg(trace.address),
                    pg(trace.request_id), pg(newest)};
    auto rows = co_await database_.submit(end_others, std::move(values));
    if (!rows) co_return rows.error();
    co_return static_cast<int>(rows->integer(0, 0));
}

}  // namespace qrgate
