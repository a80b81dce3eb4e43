// The end of every login, whichever verb decides it: the pre-session ends, the session opens, the audit says
// so. Private to pg_sessions.cpp and pg_redeem.cpp, which put these fragments behind their own decision.
#pragma once

#include "storage/pg_shared.hpp"

namespace qrgate::pg_sql {

// $1 pre-session (or null), $2 session id, $3 token hash, $4 kind, $5 method, $6 aal, $7 opened at, $8 idle
// seconds, $9 idle end, $10 absolute end, $11 present until, $12 address, $13 browser, $14 place, $15 device,
// $16 the asker's address, $17 request id; from $18 on the verb's own.
PgValues login_values(const NewSession& session, const Trace& trace);

// Needs `g` (code, person_id) with one row: `ok` opens.
inline constexpr Text opened{R"(
opened AS (
    INSERT INTO session (id, token_hash, person_id, kind, method, aal, opened_at, last_used_at, idle_s, idle_ends_at,
                         expires_at, present_until, presented, address, browser, place, device_hash)
    SELECT $2::text, $3::bytea, g.person_id, $4::text, $5::text, $6::integer, $7::timestamptz, $7::timestamptz,
           $8::bigint, $9::timestamptz, $10::timestamptz, $11::timestamptz, false, $12::text, $13::text, $14::text,
           $15::bytea
    FROM g WHERE g.code = 'ok' RETURNING *))"};

// Audit events of a login that succeeded.
inline constexpr Text login_events{R"(
    SELECT 8 AS place, 'session_created' AS event, 'ok' AS outcome, g.person_id, $5::text AS method,
           $2::text AS subject FROM g WHERE g.code = 'ok'
    UNION ALL
    SELECT 9, 'authn_login_success', 'ok', g.person_id, $5::text, $2::text FROM g WHERE g.code = 'ok')"};

inline constexpr Text write_login_events{R"(
    SELECT e.event, e.outcome, e.person_id, e.method, e.subject, $16::text, $17::text, $7::timestamptz FROM e
    ORDER BY e.place, e.subject)"};

}  // namespace qrgate::pg_sql
