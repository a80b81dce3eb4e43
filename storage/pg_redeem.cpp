// The redeem: everything that let the ticket come this far is checked again where the session is opened.
#include "storage/pg_login.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;

// pg_login.hpp's ($1 the pre-session), then $18 code hash (or null), $19 now.
constexpr PgStatement redeem{
    "redeem_ticket", sql<R"(
WITH t AS MATERIALIZED (
    SELECT * FROM ticket WHERE pre_session_hash = $1::bytea ORDER BY number DESC LIMIT 1 FOR NO KEY UPDATE),
p AS MATERIALIZED (
    SELECT id, kind, name, state, level FROM person WHERE id = (SELECT t.person_id FROM t) FOR SHARE),
c AS MATERIALIZED (
    SELECT state, not_before, not_after FROM certificate
    WHERE serial = (SELECT t.certificate FROM t) AND person_id = (SELECT t.person_id FROM t) FOR SHARE),
v AS MATERIALIZED (
    SELECT CASE
        WHEN t.token_hash IS NULL THEN 'ticket_unknown'
        WHEN t.state = 'expired' OR (t.state IN ('scanned', 'confirmed') AND $19::timestamptz >= t.deadline)
            THEN 'ticket_expired'
        WHEN t.state <> 'confirmed' OR EXISTS (SELECT 1 FROM ended_pre_session WHERE hash = $1::bytea)
            THEN 'ticket_state'
        WHEN p.state IS DISTINCT FROM 'active' THEN 'credentials_wrong'
        WHEN p.level < 3 THEN 'level_too_low'
        WHEN c.state IS DISTINCT FROM 'active' OR $19::timestamptz < c.not_before OR $19::timestamptz >= c.not_after
            THEN 'certificate_unusable'
        WHEN t.needs_code AND t.code_hash IS DISTINCT FROM $18::bytea THEN 'code_wrong'
        ELSE 'ok' END AS code, t.token_hash, t.person_id, t.wrong_codes + 1 AS wrong,
        t.state = 'redeemed' OR EXISTS (SELECT 1 FROM ended_pre_session WHERE hash = $1::bytea) AS used
    FROM (SELECT 1) one LEFT JOIN t ON true LEFT JOIN p ON true LEFT JOIN c ON true),
ended AS (
    INSERT INTO ended_pre_session (hash, ended_at) SELECT $1::bytea, $7::timestamptz FROM v WHERE v.code = 'ok'
    ON CONFLICT DO NOTHING RETURNING hash),
g AS MATERIALIZED (
    SELECT CASE WHEN v.code = 'ok' AND NOT EXISTS (SELECT 1 FROM ended) THEN 'ticket_state' ELSE v.code END AS code,
           v.token_hash, v.person_id, v.wrong, v.code = 'code_wrong' AND v.wrong >= 3 AS dead,
           v.used OR v.code = 'ok' AS used
    FROM v),)",
                         pg_sql::opened, R"(,
k AS (
    UPDATE ticket SET
        state = CASE WHEN g.code = 'ok' THEN 'redeemed' WHEN g.dead THEN 'dead' ELSE 'confirmed' END,
        wrong_codes = CASE WHEN g.code = 'ok' THEN ticket.wrong_codes ELSE g.wrong END,
        session_id = CASE WHEN g.code = 'ok' THEN $2::text END,
        ended_at = CASE WHEN g.code = 'ok' OR g.dead THEN $19::timestamptz END
    FROM g WHERE ticket.token_hash = g.token_hash AND g.code IN ('ok', 'code_wrong') RETURNING ticket.*),
e AS ()",
                         pg_sql::login_events, R"(
    UNION ALL SELECT 1, CASE WHEN g.code = 'ok' THEN 'ticket_redeemed'
                          WHEN g.code = 'ticket_state' AND g.used THEN 'authn_token_reuse'
                          ELSE 'authn_login_fail' END, g.code, g.person_id,
                     CASE g.code WHEN 'ok' THEN '' ELSE 'qr' END, left(encode(g.token_hash, 'hex'), 16)
    FROM g WHERE g.code <> 'ticket_unknown'
    UNION ALL SELECT 2, 'ticket_dead', 'code_wrong', g.person_id, '', left(encode(g.token_hash, 'hex'), 16)
    FROM g WHERE g.dead),
noted AS (
    INSERT INTO audit)",
                         pg_sql::audit_columns, pg_sql::write_login_events, R"()
SELECT g.code,)",
                         pg_sql::session_columns, ",", pg_sql::ticket_columns,
                         "FROM g LEFT JOIN opened s ON true LEFT JOIN p ON true LEFT JOIN k ON true">};

}  // namespace

PgStorage::Answer<Redeemed> PgStorage::redeem_ticket(Redemption redemption, Trace trace) {
    NewSession session = redemption.session;
    session.pre_session_hash = redemption.pre_session_hash;
    PgValues values = pg_sql::login_values(session, trace);
    values.push_back(pg_sql::pg_digest(redemption.code_hash));
    values.push_back(pg(redemption.at));
    auto rows = co_await database_.submit(redeem, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->text(0, 0) != "ok") co_return pg_sql::refusal(rows->text(0, 0));
    auto opened = pg_sql::read_session(sealer_, *rows, 0, 1);
    if (!opened) co_return opened.error();
    co_return Redeemed{.session = std::move(*opened),
                       .ticket = pg_sql::read_ticket(*rows, 0, 1 + pg_sql::session_width)};
}

}  // namespace qrgate
