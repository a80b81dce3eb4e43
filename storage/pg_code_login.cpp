// The login by a code sent by text.
#include "protocol/levels.hpp"
#include "storage/names.hpp"
#include "storage/pg_login.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;

// pg_login.hpp's, then $18 purpose, $19 holder, $20 code hash, $21 level needed.
// The code's row is held while it is judged and counted; after it the locks come in the order of
// open_session: the ticket, the person, the pre-session. The number on record must still be the one the code
// was sent to, and nobody else's of the kind.
constexpr PgStatement open_one{
    "open_session_by_code",
    sql<R"(
WITH k AS MATERIALIZED (
    SELECT holder_hash, person_id, phone_index, code_hash = $20::bytea AS hit FROM sms_code
    WHERE purpose = $18::text AND holder_hash = $19::bytea AND used_at IS NULL AND $7::timestamptz < expires_at
      AND tries > 0
    FOR UPDATE),
t AS MATERIALIZED (
    SELECT token_hash FROM ticket
    WHERE pre_session_hash = $1::bytea AND state IN ('scanned', 'confirmed') AND (SELECT count(*) FROM k) >= 0
    FOR NO KEY UPDATE),
p AS MATERIALIZED (
    SELECT id, kind, name, level, state, phone_index FROM person
    WHERE id = (SELECT k.person_id FROM k WHERE k.hit) AND (SELECT count(*) FROM t) >= 0 FOR SHARE),
r AS MATERIALIZED (
    SELECT p.id FROM p, k
    WHERE p.state = 'active' AND p.level >= $21::integer AND p.phone_index = k.phone_index
      AND NOT EXISTS (SELECT 1 FROM person o
                      WHERE o.kind = p.kind AND o.phone_index = p.phone_index AND o.id <> p.id)),
v AS MATERIALIZED (
    SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM r) THEN 'code_wrong'
                WHEN EXISTS (SELECT 1 FROM ended_pre_session WHERE hash = $1::bytea) THEN 'session_missing'
                ELSE 'ok' END AS code),
ended AS (
    INSERT INTO ended_pre_session (hash, ended_at) SELECT $1::bytea, $7::timestamptz FROM v
    WHERE v.code = 'ok' AND $1::bytea IS NOT NULL ON CONFLICT DO NOTHING RETURNING hash),
g AS MATERIALIZED (
    SELECT CASE WHEN v.code = 'ok' AND $1::bytea IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ended)
                THEN 'session_missing' ELSE v.code END AS code,
           (SELECT c.person_id FROM sms_code c WHERE c.purpose = $18::text AND c.holder_hash = $19::bytea) AS person_id
    FROM v),
tried AS (
    UPDATE sms_code c SET tries = c.tries - 1, used_at = CASE WHEN g.code = 'ok' THEN $7::timestamptz END
    FROM g, k WHERE c.purpose = $18::text AND c.holder_hash = k.holder_hash),
cancelled AS (
    UPDATE ticket x SET state = 'cancelled', ended_at = $7::timestamptz FROM g, t
    WHERE g.code = 'ok' AND x.token_hash = t.token_hash AND x.state IN ('scanned', 'confirmed')
    RETURNING x.token_hash, x.person_id),)",
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

}  // namespace

PgStorage::Answer<Session> PgStorage::open_session_by_code(CodeProof code, NewSession session, Trace trace) {
    PgValues values = pg_sql::login_values(session, trace);
    values.push_back(pg(name_of(code.purpose)));
    values.push_back(pg(code.holder_hash));
    values.push_back(pg(code.code_hash));
    values.push_back(pg(needed_level(LoginMethod::sms)));
    auto rows = co_await database_.submit(open_one, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->text(0, 0) != "ok") co_return pg_sql::refusal(rows->text(0, 0));
    co_return pg_sql::read_session(sealer_, *rows, 0, 1);
}

}  // namespace qrgate
