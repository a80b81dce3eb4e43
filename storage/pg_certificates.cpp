// Certificates and SMS codes.
#include "storage/names.hpp"
#include "storage/pg_joined.hpp"
#include "storage/pg_shared.hpp"
#include "storage/pg_statements.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;

// $1 purpose, $2 holder, $3 person (or null), $4 code hash, $5 challenge, $6 sent, $7 expires, $8 tries, $9
// address, $10 request id.
constexpr PgStatement put_one{"put_code", sql<R"(
WITH c AS (
    INSERT INTO sms_code (purpose, holder_hash, person_id, code_hash, challenge, sent_at, expires_at, tries,
                          phone_index)
    VALUES ($1::text, $2::bytea, $3::text, $4::bytea, $5::text, $6::timestamptz, $7::timestamptz, $8::integer,
            (SELECT phone_index FROM person WHERE id = $3::text))
    ON CONFLICT (purpose, holder_hash) DO UPDATE
    SET person_id = excluded.person_id, code_hash = excluded.code_hash, challenge = excluded.challenge,
        sent_at = excluded.sent_at, expires_at = excluded.expires_at, tries = excluded.tries, used_at = NULL,
        phone_index = excluded.phone_index)
INSERT INTO audit)",
                                              pg_sql::audit_columns, R"(
VALUES ('code_sent', 'ok', $3::text, $1::text, '', $9::text, $10::text, $6::timestamptz))">};

// $1 purpose, $2 holder, $3 code hash, $4 now. The try is taken whatever the code says.
constexpr PgStatement check_one{"check_code", sql<R"(
WITH c AS (
    UPDATE sms_code SET tries = tries - 1
    WHERE purpose = $1::text AND holder_hash = $2::bytea AND used_at IS NULL AND $4::timestamptz < expires_at
      AND tries > 0
    RETURNING code_hash = $3::bytea AS hit, challenge),
noted AS (
    INSERT INTO audit)",
                                                  pg_sql::audit_columns, R"(
    SELECT 'code_checked', CASE WHEN EXISTS (SELECT 1 FROM c WHERE c.hit) THEN 'ok' ELSE 'code_wrong' END,
           (SELECT person_id FROM sms_code WHERE purpose = $1::text AND holder_hash = $2::bytea), $1::text, '', '', '',
           $4::timestamptz)
SELECT challenge FROM c WHERE hit)">};

// $1 serial, $2 person, $3 algorithm, $4 public key, $5 DER, $6 not before, $7 not after, $8 device, $9
// issued, $10 verifier hash, $11 sealed secret, $12 biometric, $13 phone session, $14 at most active, $15
// code holder, $16 now, $17 address, $18 request id, $19 permit, $20 biometric evidence, $21 renews (or
// null). Runs with the person's row held, so that the count of active ones is the present one. Who vouched is
// looked up again here: an approval is used up by the certificate it is for, and by no other.
constexpr PgStatement add_one{"add_certificate",
                              sql<R"(
WITH k AS MATERIALIZED (
    SELECT holder_hash FROM sms_code
    WHERE purpose = 'certificate' AND holder_hash = $15::bytea AND used_at IS NULL AND $16::timestamptz < expires_at
      AND phone_index IS NOT DISTINCT FROM (SELECT phone_index FROM person WHERE id = $2::text)
    FOR UPDATE),
old AS MATERIALIZED (
    SELECT serial FROM certificate
    WHERE serial = $21::text AND person_id = $2::text AND device_hash = $8::bytea AND state = 'active'
      AND $16::timestamptz < not_after
    FOR NO KEY UPDATE),
desk AS MATERIALIZED (
    SELECT id FROM desk_case
    WHERE $19::text LIKE 'desk:%' AND id = substr($19::text, 6) AND person_id = $2::text AND action = 'certificate'
      AND state = 'approved' AND used_at IS NULL AND decided_at > $16::timestamptz - interval '7 days'
    FOR NO KEY UPDATE),
vouched AS MATERIALIZED (
    SELECT 1 WHERE $19::text = 'demo'
    UNION ALL SELECT 1 FROM desk
    UNION ALL SELECT 1 FROM proofing
    WHERE $19::text LIKE 'proofing:%' AND id = substr($19::text, 10) AND person_id = $2::text
      AND device_hash = $8::bytea AND state = 'passed' AND decided_at > $16::timestamptz - interval '24 hours'
    UNION ALL SELECT 1 FROM certificate
    WHERE $19::text LIKE 'certificate:%' AND serial = substr($19::text, 13) AND person_id = $2::text
      AND state = 'active' AND not_before <= $16::timestamptz AND $16::timestamptz < not_after),
v AS MATERIALIZED (
    SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM person WHERE id = $2::text AND state = 'active') THEN 'credentials_wrong'
                WHEN NOT EXISTS (SELECT 1 FROM person WHERE id = $2::text AND level >= 3) THEN 'level_too_low'
                WHEN NOT EXISTS (SELECT 1 FROM k) THEN 'code_wrong'
                WHEN $21::text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM old) THEN 'certificate_unusable'
                WHEN NOT EXISTS (SELECT 1 FROM vouched) THEN 'proofing_needed'
                WHEN (SELECT count(*) FROM certificate WHERE person_id = $2::text AND state = 'active'
                      AND $16::timestamptz < not_after AND serial IS DISTINCT FROM $21::text) >= $14::integer
                    THEN 'certificate_limit'
                ELSE 'ok' END AS code),
used AS (
    UPDATE sms_code SET used_at = $16::timestamptz FROM v
    WHERE v.code = 'ok' AND purpose = 'certificate' AND holder_hash = $15::bytea),
desk_used AS (
    UPDATE desk_case x SET used_at = $16::timestamptz FROM v, desk WHERE v.code = 'ok' AND x.id = desk.id),
superseded AS (
    UPDATE certificate x SET state = 'revoked', state_reason = 'superseded', state_since = $16::timestamptz
    FROM v, old WHERE v.code = 'ok' AND x.serial = old.serial RETURNING x.serial),
c AS (
    INSERT INTO certificate (serial, person_id, algorithm, public_key, der, not_before, not_after, state, state_since,
                             device_hash, unlock_verifier_hash, unlock_secret, biometric, phone_session_id, issued_at,
                             permit, biometric_evidence, renews)
    SELECT $1::text, $2::text, $3::text, $4::bytea, $5::bytea, $6::timestamptz, $7::timestamptz, 'active',
           $16::timestamptz, $8::bytea, $10::bytea, $11::bytea, $12::text, $13::text, $9::timestamptz,
           $19::text, $20::text, $21::text
    FROM v WHERE v.code = 'ok' RETURNING *),
e AS (
    SELECT 1 AS place, 'certificate_issued' AS event, v.code AS outcome, $1::text AS subject FROM v
    UNION ALL SELECT 2, 'certificate_revoked', 'superseded', serial FROM superseded),
noted AS (
    INSERT INTO audit)",
                                  pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, $2::text, '', e.subject, $17::text, $18::text, $16::timestamptz FROM e ORDER BY e.place)
SELECT v.code,)",
                                  pg_sql::certificate_columns, "FROM v LEFT JOIN c ON true">};

// $1 now.
constexpr PgStatement list_revoked{"list_revoked_certificates", R"(
SELECT serial, state_since, state_reason FROM certificate
WHERE state <> 'active' AND $1::timestamptz < not_after ORDER BY serial COLLATE "C")",
                                   PgUse::read};

constexpr PgStatement list_all{"list_certificates", sql<"SELECT", pg_sql::certificate_columns, R"(
FROM certificate c WHERE c.person_id = $1 ORDER BY c.issued_at DESC, c.serial COLLATE "C" DESC)">,
                               PgUse::read};
// As find_one, for many; without a certificate a row of nulls.
constexpr PgJoined find_many{.statement = {"find_certificates", sql<"SELECT", pg_sql::certificate_columns, R"(
FROM unnest($1::text[]) WITH ORDINALITY AS a (serial, place)
LEFT JOIN certificate c ON c.serial = a.serial ORDER BY a.place)">,
                                           PgUse::read},
                             .columns = "t"};
constexpr PgStatement find_one{
    "find_certificate", sql<"SELECT", pg_sql::certificate_columns, "FROM certificate c WHERE c.serial = $1">,
    PgUse::read, &find_many};

// $1 serial, $2 person, $3 reason, $4 now, $5 address, $6 request id, $7 the session that stays (or empty).
// Runs with the person's row held: a session that a redeem opened meanwhile is seen and ended. A session by
// QR code whose ticket is gone may be this certificate's, and ends too.
constexpr PgStatement revoke{"revoke_certificate", sql<R"(
WITH c AS MATERIALIZED (
    SELECT serial, person_id FROM certificate
    WHERE serial = $1::text AND person_id = $2::text AND state <> 'revoked' FOR NO KEY UPDATE),
u AS (
    UPDATE certificate x SET state = 'revoked', state_reason = $3::text, state_since = $4::timestamptz
    FROM c WHERE x.serial = c.serial),
s AS (
    UPDATE session SET ended_at = $4::timestamptz, end_reason = 'certificate' FROM c
    WHERE session.person_id = c.person_id AND session.method = 'qr' AND session.ended_at IS NULL
      AND $4::timestamptz < session.idle_ends_at AND $4::timestamptz < session.expires_at
      AND (session.presented OR $4::timestamptz < session.present_until)
      AND session.id <> $7::text
      AND NOT EXISTS (SELECT 1 FROM ticket k WHERE k.session_id = session.id AND k.certificate <> c.serial)
    RETURNING session.id),
t AS (
    UPDATE ticket SET state = 'cancelled', ended_at = $4::timestamptz FROM c
    WHERE ticket.person_id = c.person_id AND ticket.certificate = c.serial
      AND ticket.state IN ('scanned', 'confirmed')
    RETURNING ticket.token_hash),
e AS (
    SELECT 1 AS place, 'certificate_revoked' AS event, $3::text AS outcome, c.serial AS subject FROM c
    UNION ALL SELECT 2, 'session_ended', 'certificate', s.id FROM s
    UNION ALL SELECT 3, 'ticket_cancelled', 'ok', left(encode(t.token_hash, 'hex'), 16) FROM t),
noted AS (
    INSERT INTO audit)",
                                                       pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, $2::text, '', e.subject, $5::text, $6::text, $4::timestamptz FROM e
    ORDER BY e.place, e.subject)
SELECT serial FROM c)">};

// $1 serial, $2 person, $3 device, $4 verifier hash, $5 now, $6 address, $7 request id, $8 tries.
// The row is held while it is compared and counted: no two tries see the same count. Whether the certificate
// may be used now is decided here too, so that nobody need read it first.
constexpr PgStatement unlock{"try_unlock", sql<R"(
WITH c AS MATERIALIZED (
    SELECT serial, state = 'active' AND not_before <= $5::timestamptz AND $5::timestamptz < not_after AS usable,
           unlock_failures, unlock_verifier_hash = $4::bytea AS hit, unlock_secret FROM certificate
    WHERE serial = $1::text AND person_id = $2::text AND device_hash = $3::bytea FOR NO KEY UPDATE),
v AS MATERIALIZED (
    SELECT serial, unlock_failures + CASE WHEN hit OR NOT usable THEN 0 ELSE 1 END AS failures,
           CASE WHEN NOT usable THEN 'certificate_unusable' WHEN hit THEN 'ok' ELSE 'passphrase_wrong' END AS code,
           CASE WHEN usable AND hit THEN unlock_secret END AS secret
    FROM c),
u AS (
    UPDATE certificate x SET unlock_failures = v.failures,
        state = CASE WHEN v.failures >= $8::integer THEN 'disabled' ELSE x.state END,
        state_reason = CASE WHEN v.failures >= $8::integer THEN 'passphrase_wrong' ELSE x.state_reason END,
        state_since = CASE WHEN v.failures >= $8::integer THEN $5::timestamptz ELSE x.state_since END
    FROM v WHERE x.serial = v.serial AND v.code = 'passphrase_wrong'),
e AS (
    SELECT 1 AS place, CASE v.code WHEN 'ok' THEN 'certificate_unlocked' ELSE 'passphrase_wrong' END AS event,
           v.code AS outcome FROM v
    UNION ALL SELECT 2, 'certificate_disabled', v.code FROM v
    WHERE v.code = 'passphrase_wrong' AND v.failures >= $8::integer),
noted AS (
    INSERT INTO audit)",
                                               pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, $2::text, '', $1::text, $6::text, $7::text, $5::timestamptz FROM e ORDER BY e.place)
SELECT code, failures, secret FROM v)">};

FieldPlace secret_place(std::string_view serial) {
    return {.table = "certificate", .column = "unlock_secret", .row = serial};
}

PgValues add_values(const FieldSealer& sealer, const NewCertificate& it, const Digest& code_holder,
                    WallTime now, const Trace& trace) {
    const Certificate& c = it.certificate;
    return {pg(c.serial),
            pg(c.person_id),
            pg(name_of(c.algorithm)),
            pg(c.public_key),
            pg(c.der),
            pg(c.not_before),
            pg(c.not_after),
            pg(c.device_hash),
            pg(c.issued_at),
            pg(it.unlock_verifier_hash),
            pg(sealer.seal(secret_place(c.serial), it.unlock_secret)),
            pg(it.biometric),
            pg(it.phone_session_id),
            pg(it.at_most_active),
            pg(code_holder),
            pg(now),
            pg(trace.address),
            pg(trace.request_id),
            pg(it.permit),
            pg(it.biometric_evidence),
            pg(it.renews)};
}

}  // namespace

const PgStatement find_certificate_statement = find_one;

PgStorage::Answer<void> PgStorage::put_code(NewCode code, Trace trace) {
    PgValues values{pg(name_of(code.purpose)),
                    pg(code.holder_hash),
                    code.person_id.empty() ? PgValue{} : pg(code.person_id),
                    pg(code.code_hash),
                    pg(code.challenge),
                    pg(code.sent_at),
                    pg(code.expires_at),
                    pg(code.tries),
                    pg(trace.address),
                    pg(trace.request_id)};
    auto rows = co_await database_.submit(put_one, std::move(values));
    if (!rows) co_return rows.error();
    co_return Result<void>();
}

PgStorage::Answer<std::string> PgStorage::check_code(CodePurpose purpose, Digest holder_hash,
                                                     Digest code_hash, WallTime now) {
    PgValues values{pg(name_of(purpose)), pg(holder_hash), pg(code_hash), pg(now)};
    auto rows = co_await database_.submit(check_one, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::code_wrong;
    co_return std::string(rows->text(0, 0));
}

PgStorage::Answer<Certificate> PgStorage::add_certificate(NewCertificate certificate, Digest code_holder_hash,
                                                          WallTime now, Trace trace) {
    PgValues values = add_values(sealer_, certificate, code_holder_hash, now, trace);
    auto rows = co_await with_person_locked(certificate.certificate.person_id, add_one, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->text(0, 0) != "ok") co_return pg_sql::refusal(rows->text(0, 0));
    co_return pg_sql::read_certificate(*rows, 0, 1);
}

PgStorage::Answer<std::vector<Certificate>> PgStorage::list_certificates(std::string person_id) {
    auto rows = co_await database_.submit(list_all, {pg(person_id)});
    if (!rows) co_return rows.error();
    std::vector<Certificate> out;
    for (std::size_t row = 0; row < rows->size(); ++row)
        out.push_back(pg_sql::read_certificate(*rows, row, 0));
    co_return out;
}

PgStorage::Answer<std::optional<Certificate>> PgStorage::find_certificate(std::string serial) {
    auto rows = co_await database_.submit(find_one, {pg(serial)});
    if (!rows) co_return rows.error();
    if (rows->empty() || rows->is_null(0, 0)) co_return std::optional<Certificate>();
    co_return std::optional<Certificate>(pg_sql::read_certificate(*rows, 0, 0));
}

PgStorage::Answer<std::vector<RevokedCertificate>> PgStorage::list_revoked_certificates(WallTime now) {
    auto rows = co_await database_.submit(list_revoked, {pg(now)});
    if (!rows) co_return rows.error();
    std::vector<RevokedCertificate> out;
    for (std::size_t row = 0; row < rows->size(); ++row)
        out.push_back({.serial = std::string(rows->text(row, 0)),
                       .revoked_at = rows->time(row, 1),
                       .reason = std::string(rows->text(row, 2))});
    co_return out;
}

PgStorage::Answer<void> PgStorage::revoke_certificate(std::string serial,
                                                      std::optional<std::string> person_id,
                                                      std::string reason, WallTime now, Trace trace,
                                                      std::string keep_session) {
    auto found = co_await database_.submit(find_one, {pg(serial)});
    if (!found) co_return found.error();
    if (found->empty()) co_return Errc::not_found;
    const std::string owner = pg_sql::read_certificate(*found, 0, 0).person_id;
    if (person_id && *person_id != owner) co_return Errc::not_found;
    PgValues values{pg(serial),           pg(owner),       pg(reason), pg(now), pg(trace.address),
                    pg(trace.request_id), pg(keep_session)};
    auto rows = co_await with_person_locked(owner, revoke, std::move(values));
    if (!rows) co_return rows.error();
    co_return Result<void>();
}

PgStorage::Answer<Unlock> PgStorage::try_unlock(std::string serial, std::string person_id, Digest device_hash,
                                                Digest verifier_hash, WallTime now, Trace trace) {
    PgValues values{pg(serial), pg(person_id),     pg(device_hash),      pg(verifier_hash),
                    pg(now),    pg(trace.address), pg(trace.request_id), pg(unlock_tries)};
    auto rows = co_await database_.submit(unlock, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::not_found;
    if (rows->text(0, 0) == "certificate_unusable") co_return Errc::certificate_unusable;
    const int failures = static_cast<int>(rows->integer(0, 1));
    Unlock out{.secret = {}, .tries_left = unlock_tries - failures, .disabled = failures >= unlock_tries};
    if (rows->is_null(0, 2)) co_return out;
    auto secret = sealer_.open(secret_place(serial), rows->octets(0, 2));
    if (!secret) co_return secret.error();
    out.secret = std::move(*secret);
    co_return out;
}

}  // namespace qrgate
