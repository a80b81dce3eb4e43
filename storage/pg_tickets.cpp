// Tickets: the scan that makes a row, looking them up, and the ends that no phone decides.
#include "storage/names.hpp"
#include "storage/pg_shared.hpp"
#include "storage/pg_statements.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;
using pg_sql::Text;

constexpr Text open_states{" ('scanned', 'confirmed') "};

// $1 token hash, $2 token, $3 pre-session, $4 person, $5 phone session, $6 asked certificate (or null), $7
// nonce, $8 family, $9 os, $10 address, $11 place, $12 started, $13 origin, $14 scanned at, $15 expires, $16
// easy, $17 the asker's address, $18 request id. `new` inserts, `same` and `renewed` find the scanner's own
// row; an open row of the pre-session that nobody swept yet is ended first. A row that another connection
// adds meanwhile makes it `again`.
constexpr PgStatement scan{"scan_ticket", sql<R"(
WITH t AS MATERIALIZED (
    SELECT token_hash, state, deadline, person_id, pre_session_hash, certificate FROM ticket
    WHERE token_hash = $1::bytea FOR NO KEY UPDATE),
o AS MATERIALIZED (
    SELECT token_hash, deadline, person_id FROM ticket
    WHERE pre_session_hash = $3::bytea AND state IN)",
                                              open_states, R"(AND token_hash <> $1::bytea
    FOR NO KEY UPDATE),
p AS MATERIALIZED (
    SELECT state, level FROM person WHERE id = $4::text FOR SHARE),
c AS MATERIALIZED (
    SELECT serial FROM certificate
    WHERE person_id = $4::text AND state = 'active' AND not_before <= $14::timestamptz AND $14::timestamptz < not_after
      AND ($6::text IS NULL OR serial = $6::text)
    ORDER BY coalesce(serial = (SELECT t.certificate FROM t WHERE t.person_id = $4::text), false) DESC,
             issued_at DESC, serial COLLATE "C" DESC
    LIMIT 1 FOR SHARE),
v AS MATERIALIZED (
    SELECT CASE
        WHEN p.state IS DISTINCT FROM 'active' THEN 'credentials_wrong'
        WHEN p.level < 3 THEN 'level_too_low'
        WHEN c.serial IS NULL AND ($6::text IS NOT NULL OR EXISTS (
            SELECT 1 FROM certificate WHERE person_id = $4::text AND state = 'active')) THEN 'certificate_unusable'
        WHEN c.serial IS NULL THEN 'certificate_missing'
        WHEN t.token_hash IS NOT NULL AND (t.state NOT IN)",
                                              open_states, R"(OR $14::timestamptz >= t.deadline)
            THEN 'ticket_state'
        WHEN t.token_hash IS NOT NULL AND (t.person_id <> $4::text OR t.pre_session_hash <> $3::bytea)
            THEN 'ticket_taken'
        WHEN t.token_hash IS NOT NULL AND t.state <> 'scanned' THEN 'ticket_state'
        WHEN t.token_hash IS NOT NULL AND t.certificate = c.serial THEN 'same'
        WHEN t.token_hash IS NOT NULL THEN 'renewed'
        WHEN EXISTS (SELECT 1 FROM ended_pre_session WHERE hash = $3::bytea) THEN 'ticket_state'
        WHEN o.token_hash IS NOT NULL AND $14::timestamptz < o.deadline THEN 'ticket_taken'
        ELSE 'new' END AS code, c.serial
    FROM (SELECT 1) one LEFT JOIN t ON true LEFT JOIN o ON true LEFT JOIN p ON true LEFT JOIN c ON true),
swept AS (
    UPDATE ticket k SET state = 'expired', ended_at = $14::timestamptz FROM v, o
    WHERE v.code = 'new' AND k.token_hash = o.token_hash RETURNING k.token_hash, k.person_id),
made AS (
    INSERT INTO ticket (token_hash, token, state, deadline, pre_session_hash, person_id, phone_session_id, certificate,
                        nonce, browser_family, browser_os, browser_address, browser_place, browser_started_at, origin,
                        scanned_at, signing_expires_at, easy)
    SELECT $1::bytea, $2::text, 'scanned', $15::timestamptz, $3::bytea, $4::text, $5::text, v.serial, $7::text,
           $8::text, $9::text, $10::text, $11::text, $12::timestamptz, $13::text, $14::timestamptz, $15::timestamptz,
           $16::boolean
    FROM v WHERE v.code = 'new' AND (SELECT count(*) FROM swept) >= 0
    ON CONFLICT DO NOTHING RETURNING *),
found AS (
    UPDATE ticket k SET phone_session_id = $5::text, certificate = v.serial,
        nonce = CASE WHEN v.code = 'renewed' THEN $7::text ELSE k.nonce END
    FROM v WHERE k.token_hash = $1::bytea AND v.code IN ('same', 'renewed') RETURNING k.*),
g AS MATERIALIZED (
    SELECT CASE WHEN v.code = 'new' AND NOT EXISTS (SELECT 1 FROM made) THEN 'again'
                WHEN v.code IN ('new', 'same', 'renewed') THEN 'ok' ELSE v.code END AS code FROM v),
e AS (
    SELECT 1 AS place, 'ticket_expired' AS event, 'ok' AS outcome, s.person_id, s.token_hash, '' AS address,
           '' AS request_id FROM swept s
    UNION ALL SELECT 2, 'ticket_scanned', g.code, $4::text, $1::bytea, $17::text, $18::text FROM g
    WHERE g.code <> 'again'),
noted AS (
    INSERT INTO audit)",
                                              pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, e.person_id, '', left(encode(e.token_hash, 'hex'), 16), e.address, e.request_id,
           $14::timestamptz FROM e ORDER BY e.place)
SELECT g.code,)",
                                              pg_sql::ticket_columns, R"(
FROM g LEFT JOIN (SELECT * FROM made UNION ALL SELECT * FROM found) k ON true)">};

constexpr PgStatement find_one{"find_ticket",
                               sql<"SELECT", pg_sql::ticket_columns, "FROM ticket k WHERE k.token_hash = $1">,
                               PgUse::read};

// $1 pre-session, $2 now. The deadline is compared afterwards: by the index of deadlines a planner that knows
// nothing yet would go through all open tickets.
constexpr PgStatement resume_one{"resume",
                                 sql<R"(
SELECT EXISTS (SELECT 1 FROM ended_pre_session WHERE hash = $1::bytea),)",
                                     pg_sql::ticket_columns, R"(
FROM (SELECT 1) one LEFT JOIN (SELECT * FROM ticket WHERE pre_session_hash = $1::bytea AND state IN)",
                                     open_states, "OFFSET 0) k ON $2::timestamptz < k.deadline">,
                                 PgUse::read};

// $1 pre-session, $2 now, $3 address, $4 request id.
constexpr PgStatement cancel{"cancel_ticket", sql<R"(
WITH t AS MATERIALIZED (
    SELECT token_hash, deadline FROM ticket WHERE pre_session_hash = $1::bytea AND state IN)",
                                                  open_states, R"(FOR NO KEY UPDATE),
k AS (
    UPDATE ticket SET state = 'cancelled', ended_at = $2::timestamptz
    WHERE token_hash = (SELECT t.token_hash FROM t WHERE $2::timestamptz < t.deadline)
    RETURNING *),
noted AS (
    INSERT INTO audit)",
                                                  pg_sql::audit_columns, R"(
    SELECT 'ticket_cancelled', 'ok', k.person_id, '', left(encode(k.token_hash, 'hex'), 16), $3::text, $4::text,
           $2::timestamptz FROM k)
SELECT)",
                                                  pg_sql::ticket_columns, "FROM k">};

// $1 now, $2 at most. What another connection holds is that connection's to end.
constexpr PgStatement expire{"expire_tickets",
                             sql<R"(
WITH due AS MATERIALIZED (
    SELECT token_hash FROM ticket WHERE state IN)",
                                 open_states, R"(AND deadline <= $1::timestamptz
    ORDER BY deadline, token_hash LIMIT $2::integer FOR NO KEY UPDATE SKIP LOCKED),
k AS (
    UPDATE ticket SET state = 'expired', ended_at = $1::timestamptz FROM due
    WHERE ticket.token_hash = due.token_hash RETURNING ticket.*),
noted AS (
    INSERT INTO audit)",
                                 pg_sql::audit_columns, R"(
    SELECT 'ticket_expired', 'ok', k.person_id, '', left(encode(k.token_hash, 'hex'), 16), '', '', $1::timestamptz
    FROM k ORDER BY k.deadline, k.token_hash)
SELECT)",
                                 pg_sql::ticket_columns, "FROM k ORDER BY k.deadline, k.token_hash">};

// $1 since, $2 at most.
constexpr PgStatement list_cancelled{"list_cancelled_tickets", sql<"SELECT", pg_sql::ticket_columns, R"(
FROM ticket k WHERE k.state = 'cancelled' AND k.ended_at >= $1::timestamptz
ORDER BY k.ended_at, k.token_hash LIMIT $2::integer)">,
                                     PgUse::read};

PgValues scan_values(const NewScan& it, const Trace& trace) {
    return {pg(it.token_hash),
            pg(it.token),
            pg(it.pre_session_hash),
            pg(it.person_id),
            pg(it.phone_session_id),
            pg(it.certificate),
            pg(it.nonce),
            pg(it.browser.family),
            pg(it.browser.os),
            pg(it.browser.address),
            pg(it.browser.place),
            pg(it.browser.started_at),
            pg(it.origin),
            pg(it.scanned_at),
            pg(it.expires_at),
            pg(it.easy),
            pg(trace.address),
            pg(trace.request_id)};
}

}  // namespace

const PgStatement resume_statement = resume_one;
const PgStatement cancel_ticket_statement = cancel;

PgStorage::Answer<Ticket> PgStorage::scan_ticket(NewScan scan_, Trace trace) {
    for (int attempt = 0; attempt < pg_sql::attempts; ++attempt) {
        auto rows = co_await database_.submit(scan, scan_values(scan_, trace));
        if (!rows) co_return rows.error();
        const auto code = rows->text(0, 0);
        if (code == "again") continue;
        if (code != "ok") co_return pg_sql::refusal(code);
        co_return pg_sql::read_ticket(*rows, 0, 1);
    }
    co_return Errc::busy;
}

PgStorage::Answer<std::optional<Ticket>> PgStorage::find_ticket(Digest token_hash) {
    auto rows = co_await database_.submit(find_one, {pg(token_hash)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<Ticket>();
    co_return std::optional<Ticket>(pg_sql::read_ticket(*rows, 0, 0));
}

PgStorage::Answer<Resume> PgStorage::resume(Digest pre_session_hash, WallTime now) {
    auto rows = co_await database_.submit(resume_one, {pg(pre_session_hash), pg(now)});
    if (!rows) co_return rows.error();
    Resume out{.pre_session_ended = rows->boolean(0, 0)};
    if (!rows->is_null(0, 1)) out.open_ticket = pg_sql::read_ticket(*rows, 0, 1);
    co_return out;
}

PgStorage::Answer<std::optional<Ticket>> PgStorage::cancel_ticket(Digest pre_session_hash, WallTime now,
                                                                  Trace trace) {
    PgValues values{pg(pre_session_hash), pg(now), pg(trace.address), pg(trace.request_id)};
    auto rows = co_await database_.submit(cancel, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<Ticket>();
    co_return std::optional<Ticket>(pg_sql::read_ticket(*rows, 0, 0));
}

PgStorage::Answer<std::vector<Ticket>> PgStorage::expire_tickets(WallTime now, int limit) {
    auto rows = co_await database_.submit(expire, {pg(now), pg(limit)});
    if (!rows) co_return rows.error();
    std::vector<Ticket> out;
    for (std::size_t row = 0; row < rows->size(); ++row)
        out.push_back(pg_sql::read_ticket(*rows, row, 0));
    co_return out;
}

PgStorage::Answer<std::vector<Ticket>> PgStorage::list_cancelled_tickets(WallTime since, int limit) {
    auto rows = co_await database_.submit(list_cancelled, {pg(since), pg(limit)});
    if (!rows) co_return rows.error();
    std::vector<Ticket> out;
    for (std::size_t row = 0; row < rows->size(); ++row)
        out.push_back(pg_sql::read_ticket(*rows, row, 0));
    co_return out;
}

}  // namespace qrgate
