// What the scanner decides about its ticket: confirm, deny, or a signature that was wrong.
#include "storage/pg_joined.hpp"
#include "storage/pg_shared.hpp"
#include "storage/pg_statements.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;

// As `confirm` below, for many (pg_joined.hpp), no two of them about the same ticket. Each is decided by the
// rows locked for it and by its own parameters; certificates are written when all are decided.
constexpr PgJoined confirm_many{
    .statement = {"confirm_tickets",
                  sql<R"(
WITH a AS MATERIALIZED (
    SELECT token_hash, person_id, phone_session_id, serial, nonce, text, signature, chain,
        at::timestamptz AS at, redeem_until::timestamptz AS redeem_until, code_hash, address, request_id, place
    FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[],
                         $8::bytea[], $9::text[], $10::text[], $11::bytea[], $12::text[], $13::text[])
        WITH ORDINALITY AS a (token_hash, person_id, phone_session_id, serial, nonce, text, signature, chain, at,
                              redeem_until, code_hash, address, request_id, place)),
v AS MATERIALIZED (
    SELECT CASE
        WHEN t.token_hash IS NULL OR t.person_id <> a.person_id OR t.phone_session_id <> a.phone_session_id
            THEN 'ticket_unknown'
        WHEN t.state <> 'scanned' OR a.at >= t.deadline THEN 'ticket_state'
        WHEN t.nonce <> a.nonce THEN 'conflict'
        WHEN p.state IS DISTINCT FROM 'active' THEN 'credentials_wrong'
        WHEN p.level < 3 THEN 'level_too_low'
        WHEN t.certificate <> a.serial OR c.state IS DISTINCT FROM 'active' OR a.at < c.not_before
             OR a.at >= c.not_after THEN 'certificate_unusable'
        ELSE 'ok' END AS code, a.*, c.person_id AS owner, c.algorithm, c.der, c.state AS certificate_status,
        c.unlock_failures
    FROM a
    LEFT JOIN LATERAL (SELECT token_hash, person_id, phone_session_id, state, deadline, nonce, certificate
        FROM ticket WHERE token_hash = a.token_hash FOR NO KEY UPDATE) t ON true
    LEFT JOIN LATERAL (SELECT state, level FROM person WHERE id = t.person_id FOR SHARE) p ON true
    LEFT JOIN LATERAL (SELECT person_id, algorithm, der, state, not_before, not_after, unlock_failures
        FROM certificate WHERE serial = a.serial AND person_id = t.person_id FOR NO KEY UPDATE) c ON true),
k AS (
    UPDATE ticket SET state = 'confirmed', deadline = v.redeem_until, needs_code = v.code_hash IS NOT NULL,
        code_hash = v.code_hash
    FROM v WHERE v.code = 'ok' AND ticket.token_hash = v.token_hash RETURNING ticket.*),
cleared AS (
    UPDATE certificate SET unlock_failures = 0 FROM v
    WHERE v.code = 'ok' AND v.unlock_failures > 0 AND certificate.serial = v.serial),
kept AS (
    INSERT INTO evidence (token_hash, person_id, serial, algorithm, text, signature, certificate, chain,
                          certificate_status, confirmed_at)
    SELECT v.token_hash, v.owner, v.serial, v.algorithm, v.text, v.signature, v.der, v.chain, v.certificate_status,
           v.at
    FROM v WHERE v.code = 'ok'),
noted AS (
    INSERT INTO audit)",
                      pg_sql::audit_columns, R"(
    SELECT 'ticket_confirmed', v.code, v.person_id, '', left(encode(v.token_hash, 'hex'), 16), v.address, v.request_id,
           v.at FROM v ORDER BY v.place)
SELECT v.code,)",
                      pg_sql::ticket_columns,
                      R"(FROM v LEFT JOIN k ON k.token_hash = v.token_hash ORDER BY v.place)">},
    .columns = "otttttoottott"};

// $1 token hash, $2 person, $3 phone session, $4 certificate, $5 nonce, $6 text, $7 signature, $8 chain, $9
// at, $10 redeem until, $11 code hash (or null), $12 address, $13 request id. Rights are those of the moment:
// person and certificate are held until the commit.
constexpr PgStatement confirm{"confirm_ticket",
                              sql<R"(
WITH t AS MATERIALIZED (
    SELECT * FROM ticket WHERE token_hash = $1::bytea FOR NO KEY UPDATE),
p AS MATERIALIZED (
    SELECT state, level FROM person WHERE id = (SELECT t.person_id FROM t) FOR SHARE),
c AS MATERIALIZED (
    SELECT * FROM certificate WHERE serial = $4::text AND person_id = (SELECT t.person_id FROM t) FOR NO KEY UPDATE),
v AS MATERIALIZED (
    SELECT CASE
        WHEN t.token_hash IS NULL OR t.person_id <> $2::text OR t.phone_session_id <> $3::text THEN 'ticket_unknown'
        WHEN t.state <> 'scanned' OR $9::timestamptz >= t.deadline THEN 'ticket_state'
        WHEN t.nonce <> $5::text THEN 'conflict'
        WHEN p.state IS DISTINCT FROM 'active' THEN 'credentials_wrong'
        WHEN p.level < 3 THEN 'level_too_low'
        WHEN t.certificate <> $4::text OR c.state IS DISTINCT FROM 'active' OR $9::timestamptz < c.not_before
             OR $9::timestamptz >= c.not_after THEN 'certificate_unusable'
        ELSE 'ok' END AS code
    FROM (SELECT 1) one LEFT JOIN t ON true LEFT JOIN p ON true LEFT JOIN c ON true),
k AS (
    UPDATE ticket SET state = 'confirmed', deadline = $10::timestamptz, needs_code = $11::bytea IS NOT NULL,
        code_hash = $11::bytea
    FROM v WHERE v.code = 'ok' AND ticket.token_hash = $1::bytea RETURNING ticket.*),
cleared AS (
    UPDATE certificate SET unlock_failures = 0 FROM v
    WHERE v.code = 'ok' AND certificate.serial = $4::text AND certificate.unlock_failures > 0),
kept AS (
    INSERT INTO evidence (token_hash, person_id, serial, algorithm, text, signature, certificate, chain,
                          certificate_status, confirmed_at)
    SELECT $1::bytea, c.person_id, c.serial, c.algorithm, $6::text, $7::bytea, c.der, $8::bytea, c.state,
           $9::timestamptz
    FROM v, c WHERE v.code = 'ok'),
noted AS (
    INSERT INTO audit)",
                                  pg_sql::audit_columns, R"(
    SELECT 'ticket_confirmed', v.code, $2::text, '', left(encode($1::bytea, 'hex'), 16), $12::text, $13::text,
           $9::timestamptz FROM v)
SELECT v.code,)",
                                  pg_sql::ticket_columns, "FROM v LEFT JOIN k ON true">,
                              PgUse::write, &confirm_many};

// $1 token hash, $2 person, $3 now, $4 address, $5 request id. The fifth kills.
constexpr PgStatement wrong_signature{"count_wrong_signature",
                                      sql<R"(
WITH t AS MATERIALIZED (
    SELECT * FROM ticket WHERE token_hash = $1::bytea FOR NO KEY UPDATE),
v AS MATERIALIZED (
    SELECT CASE
        WHEN t.token_hash IS NULL OR t.person_id <> $2::text THEN 'ticket_unknown'
        WHEN t.state <> 'scanned' OR $3::timestamptz >= t.deadline THEN 'ticket_state'
        ELSE 'ok' END AS code, t.wrong_signatures + 1 AS wrong
    FROM (SELECT 1) one LEFT JOIN t ON true),
k AS (
    UPDATE ticket SET wrong_signatures = v.wrong, state = CASE WHEN v.wrong >= 5 THEN 'dead' ELSE 'scanned' END,
        ended_at = CASE WHEN v.wrong >= 5 THEN $3::timestamptz END
    FROM v WHERE v.code = 'ok' AND ticket.token_hash = $1::bytea RETURNING ticket.*),
e AS (
    SELECT 1 AS place, 'signature_wrong' AS event,
           CASE v.code WHEN 'ok' THEN 'signature_wrong' ELSE v.code END AS outcome FROM v
    UNION ALL SELECT 2, 'ticket_dead', 'signature_wrong' FROM v WHERE v.code = 'ok' AND v.wrong >= 5),
noted AS (
    INSERT INTO audit)",
                                          pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, $2::text, '', left(encode($1::bytea, 'hex'), 16), $4::text, $5::text, $3::timestamptz
    FROM e ORDER BY e.place)
SELECT v.code,)",
                                          pg_sql::ticket_columns, "FROM v LEFT JOIN k ON true">};

// $1 token hash, $2 person, $3 now, $4 address, $5 request id, $6 phone session.
constexpr PgStatement deny{"deny_ticket", sql<R"(
WITH t AS MATERIALIZED (
    SELECT * FROM ticket WHERE token_hash = $1::bytea FOR NO KEY UPDATE),
v AS MATERIALIZED (
    SELECT CASE
        WHEN t.token_hash IS NULL OR t.person_id <> $2::text OR t.phone_session_id <> $6::text THEN 'ticket_unknown'
        WHEN t.state <> 'scanned' OR $3::timestamptz >= t.deadline THEN 'ticket_state'
        ELSE 'ok' END AS code
    FROM (SELECT 1) one LEFT JOIN t ON true),
k AS (
    UPDATE ticket SET state = 'denied', ended_at = $3::timestamptz
    FROM v WHERE v.code = 'ok' AND ticket.token_hash = $1::bytea RETURNING ticket.*),
noted AS (
    INSERT INTO audit)",
                                              pg_sql::audit_columns, R"(
    SELECT 'ticket_denied', v.code, $2::text, '', left(encode($1::bytea, 'hex'), 16), $4::text, $5::text,
           $3::timestamptz FROM v)
SELECT v.code,)",
                                              pg_sql::ticket_columns, "FROM v LEFT JOIN k ON true">};

Result<Ticket> decided(const Result<PgRows>& rows) {
    if (!rows) return rows.error();
    if (rows->text(0, 0) != "ok") return pg_sql::refusal(rows->text(0, 0));
    return pg_sql::read_ticket(*rows, 0, 1);
}

}  // namespace

const PgStatement confirm_ticket_statement = confirm;

PgStorage::Answer<Ticket> PgStorage::confirm_ticket(Confirmation it, Trace trace) {
    PgValues values{pg(it.token_hash),
                    pg(it.person_id),
                    pg(it.phone_session_id),
                    pg(it.certificate),
                    pg(it.nonce),
                    pg(it.text),
                    pg(it.signature),
                    pg(it.chain),
                    pg(it.at),
                    pg(it.redeem_until),
                    pg_sql::pg_digest(it.code_hash),
                    pg(trace.address),
                    pg(trace.request_id)};
    co_return decided(co_await database_.submit(confirm, std::move(values)));
}

PgStorage::Answer<Ticket> PgStorage::count_wrong_signature(Digest token_hash, std::string person_id,
                                                           WallTime now, Trace trace) {
    PgValues values{pg(token_hash), pg(person_id), pg(now), pg(trace.address), pg(trace.request_id)};
    co_return decided(co_await database_.submit(wrong_signature, std::move(values)));
}

PgStorage::Answer<Ticket> PgStorage::deny_ticket(Digest token_hash, std::string person_id,
                                                 std::string phone_session_id, WallTime now, Trace trace) {
    PgValues values{pg(token_hash),    pg(person_id),        pg(now),
                    pg(trace.address), pg(trace.request_id), pg(phone_session_id)};
    co_return decided(co_await database_.submit(deny, std::move(values)));
}

}  // namespace qrgate
