// The two verbs that a code sent by text allows to people who are not logged in: a new account, a new
// password.
#include "storage/names.hpp"
#include "storage/pg_shared.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;
using pg_sql::Text;

// The try is taken whatever the code says; the right one is used up, under the condition that a statement may
// put between the two. $1 purpose, $2 holder, $3 code hash, $4 now.
constexpr Text taken_try{R"(
k AS MATERIALIZED (
    UPDATE sms_code SET tries = tries - 1, used_at = CASE WHEN code_hash = $3::bytea)"};
constexpr Text of_code{R"( THEN $4::timestamptz END
    WHERE purpose = $1::text AND holder_hash = $2::bytea AND used_at IS NULL AND $4::timestamptz < expires_at
      AND tries > 0
    RETURNING person_id, phone_index, code_hash = $3::bytea AS hit))"};

// Then $5 address, $6 request id, $7 id, $8 kind, $9 number, $10 its index, $11 name, $12 phone, $13 its
// index, $14 level, $15 evidence, $16 hash.
constexpr PgStatement register_one{"register_person", sql<"WITH", taken_try, of_code, R"(,
put AS (
    INSERT INTO person (id, kind, number, number_index, name, phone, phone_index, level, level_evidence, level_since,
                        state, password_hash, password_set_at, created_at, changed_at)
    SELECT $7::text, $8::text, $9::bytea, $10::bytea, $11::bytea, $12::bytea, $13::bytea, $14::integer, $15::text,
           $4::timestamptz, 'active', $16::text, $4::timestamptz, $4::timestamptz, $4::timestamptz
    FROM k WHERE k.hit
    ON CONFLICT DO NOTHING RETURNING id),
v AS MATERIALIZED (
    SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM k WHERE hit) THEN 'code_wrong'
                WHEN NOT EXISTS (SELECT 1 FROM put) THEN 'conflict'
                ELSE 'ok' END AS code),
noted AS (
    INSERT INTO audit)",
                                                          pg_sql::audit_columns, R"(
    SELECT 'person_registered', v.code, (SELECT id FROM put), '', $15::text, $5::text, $6::text, $4::timestamptz
    FROM v)
SELECT code FROM v)">};

constexpr PgStatement holder_of_code{
    "holder_of_code", "SELECT person_id FROM sms_code WHERE purpose = $1 AND holder_hash = $2", PgUse::read};

// Then $5 address, $6 request id, $7 new hash; null: what was typed is the password that is there, so the
// right code stays for another one. Runs with the person's row held: a session that another connection opened
// meanwhile with the old password is seen and ended. A code that went to a number which is no longer the
// person's resets nothing.
constexpr PgStatement reset_one{"reset_password",
                                sql<"WITH", taken_try, " AND $7::text IS NOT NULL", of_code, R"(,
o AS MATERIALIZED (
    SELECT person.id FROM person JOIN k ON k.hit AND person.id = k.person_id
    WHERE $7::text IS NULL AND person.state = 'active' AND person.phone_index IS NOT DISTINCT FROM k.phone_index),
p AS (
    UPDATE person SET password_hash = $7::text, password_set_at = $4::timestamptz, changed_at = $4::timestamptz FROM k
    WHERE k.hit AND $7::text IS NOT NULL AND person.id = k.person_id AND person.state = 'active'
      AND person.phone_index IS NOT DISTINCT FROM k.phone_index
    RETURNING person.id),
v AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT 1 FROM p) THEN 'ok'
                WHEN EXISTS (SELECT 1 FROM o) THEN 'password_too_weak'
                ELSE 'code_wrong' END AS code),
s AS (
    UPDATE session SET ended_at = $4::timestamptz, end_reason = 'password_reset' FROM p
    WHERE session.person_id = p.id AND session.ended_at IS NULL
      AND $4::timestamptz < session.idle_ends_at AND $4::timestamptz < session.expires_at
      AND (session.presented OR $4::timestamptz < session.present_until)
    RETURNING session.id),
t AS (
    UPDATE ticket SET state = 'cancelled', ended_at = $4::timestamptz FROM p
    WHERE ticket.person_id = p.id AND ticket.state IN ('scanned', 'confirmed')
    RETURNING ticket.token_hash),
e AS (
    SELECT 1 AS place, 'password_reset' AS event, v.code AS outcome, '' AS subject FROM v
    UNION ALL SELECT 2, 'session_ended', 'password_reset', s.id FROM s
    UNION ALL SELECT 3, 'ticket_cancelled', 'ok', left(encode(t.token_hash, 'hex'), 16) FROM t),
noted AS (
    INSERT INTO audit)",
                                    pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, (SELECT person_id FROM k), '', e.subject, $5::text, $6::text, $4::timestamptz
    FROM e ORDER BY e.place, e.subject)
SELECT v.code, (SELECT id FROM p) FROM v)">};

FieldPlace place(std::string_view column, std::string_view id) {
    return {.table = "person", .column = column, .row = id};
}

PgValues code_values(const CodeProof& code, WallTime now, const Trace& trace) {
    return {pg(name_of(code.purpose)), pg(code.holder_hash), pg(code.code_hash), pg(now),
            pg(trace.address),         pg(trace.request_id)};
}

void add_person(PgValues& values, const FieldSealer& sealer, const NewPerson& it) {
    const bool phone = !it.phone.empty();
    for (PgValue value : std::initializer_list<PgValue>{
             pg(it.id), pg(name_of(it.kind)),
             pg(sealer.seal_text(place("number", it.id), it.identity_number)),
             pg(sealer.index("number", it.kind, it.identity_number)),
             pg(sealer.seal_text(place("name", it.id), it.name)),
             phone ? pg(sealer.seal_text(place("phone", it.id), it.phone)) : PgValue{},
             phone ? pg(sealer.index("phone", it.kind, it.phone)) : PgValue{}, pg(it.level),
             pg(it.level_evidence), pg(it.password_hash)})
        values.push_back(std::move(value));
}

}  // namespace

PgStorage::Answer<std::string> PgStorage::register_person(NewPerson person, CodeProof code, WallTime now,
                                                          Trace trace) {
    PgValues values = code_values(code, now, trace);
    add_person(values, sealer_, person);
    auto rows = co_await database_.submit(register_one, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->text(0, 0) != "ok") co_return pg_sql::refusal(rows->text(0, 0));
    co_return person.id;
}

PgStorage::Answer<std::string> PgStorage::reset_password(CodeProof code, std::optional<std::string> new_hash,
                                                         WallTime now, Trace trace) {
    auto holder =
        co_await database_.submit(holder_of_code, {pg(name_of(code.purpose)), pg(code.holder_hash)});
    if (!holder) co_return holder.error();
    // Nobody's code, or none at all, takes the same way; only no row is held.
    const std::string whose = holder->empty() ? std::string() : std::string(holder->text(0, 0));
    PgValues values = code_values(code, now, trace);
    values.push_back(new_hash ? pg(std::move(*new_hash)) : PgValue{});
    auto rows = co_await with_person_locked(whose, reset_one, std::move(values));
    if (!rows) co_return rows.error();
    const std::string_view verdict = rows->text(0, 0);
    if (verdict == "ok") co_return std::string(rows->text(0, 1));
    co_return verdict == "password_too_weak" ? Errc::password_too_weak : Errc::code_wrong;
}

}  // namespace qrgate
