// What a statement that changes a level shares with the others: losing level 3 ends, in the same statement,
// what only level 3 may have (docs/protocol.md section 1). Private to pg_*.cpp.
#pragma once

#include "storage/pg_shared.hpp"

namespace qrgate::pg_sql {

// $1 now, $2 address, $3 request id; before it stands `p` (id, level, said): whose level is now what, and
// what the audit says of it (null: nothing). Runs with the person's row held: a session that another
// connection opened meanwhile is seen and ended.
inline constexpr Text level_ends{R"(
s AS (
    UPDATE session SET ended_at = $1::timestamptz, end_reason = 'level' FROM p
    WHERE session.person_id = p.id AND p.level < 3 AND session.method IN ('sms', 'qr') AND session.ended_at IS NULL
      AND $1::timestamptz < session.idle_ends_at AND $1::timestamptz < session.expires_at
      AND (session.presented OR $1::timestamptz < session.present_until)
    RETURNING session.id),
t AS (
    UPDATE ticket SET state = 'cancelled', ended_at = $1::timestamptz FROM p
    WHERE ticket.person_id = p.id AND p.level < 3 AND ticket.state IN ('scanned', 'confirmed')
    RETURNING ticket.token_hash),
e AS (
    SELECT 2 AS place, 'level_changed' AS event, 'ok' AS outcome, p.said AS subject FROM p WHERE p.said IS NOT NULL
    UNION ALL SELECT 3, 'session_ended', 'level', s.id FROM s
    UNION ALL SELECT 4, 'ticket_cancelled', 'ok', left(encode(t.token_hash, 'hex'), 16) FROM t),)"};

// The same for statements without rows of their own in the audit.
inline constexpr Text note_level{R"(
noted AS (
    INSERT INTO audit (event, outcome, person_id, method, subject, address, request_id, at)
    SELECT e.event, e.outcome, p.id, '', e.subject, $2::text, $3::text, $1::timestamptz FROM e, p
    ORDER BY e.place, e.subject))"};

}  // namespace qrgate::pg_sql
