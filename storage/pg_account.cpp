// What a person changes about their own account: password, phone number, display choices; and the login
// history.
#include <algorithm>
#include <utility>

#include "storage/names.hpp"
#include "storage/pg_shared.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;

// $1 person, $2 old hash, $3 new hash, $4 the session that stays, $5 its new value, $6 now, $7 address,
// $8 request id. Runs with the person's row held: a session that another connection opened meanwhile is seen
// and ended.
constexpr PgStatement change_one_password{"change_password", sql<R"(
WITH v AS MATERIALIZED (
    SELECT id FROM person WHERE id = $1::text AND password_hash = $2::text AND state = 'active'),
k AS (
    UPDATE session SET token_hash = $5::bytea FROM v
    WHERE session.id = $4::text AND session.person_id = v.id AND session.ended_at IS NULL
      AND $6::timestamptz < session.idle_ends_at AND $6::timestamptz < session.expires_at
    RETURNING session.id),
p AS (
    UPDATE person SET password_hash = $3::text, password_set_at = $6::timestamptz, changed_at = $6::timestamptz
    FROM k WHERE person.id = $1::text
    RETURNING person.id),
s AS (
    UPDATE session SET ended_at = $6::timestamptz, end_reason = 'password_changed' FROM p
    WHERE session.person_id = p.id AND session.id <> $4::text AND session.ended_at IS NULL
      AND $6::timestamptz < session.idle_ends_at AND $6::timestamptz < session.expires_at
      AND (session.presented OR $6::timestamptz < session.present_until)
    RETURNING session.id),
t AS (
    UPDATE ticket SET state = 'cancelled', ended_at = $6::timestamptz FROM p
    WHERE ticket.person_id = p.id AND ticket.state IN ('scanned', 'confirmed')
    RETURNING ticket.token_hash),
e AS (
    SELECT 1 AS place, 'password_changed' AS event, 'ok' AS outcome, $4::text AS subject FROM p
    UNION ALL SELECT 2, 'session_ended', 'password_changed', s.id FROM s
    UNION ALL SELECT 3, 'ticket_cancelled', 'ok', left(encode(t.token_hash, 'hex'), 16) FROM t),
noted AS (
    INSERT INTO audit)",
                                                                 pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, $1::text, '', e.subject, $7::text, $8::text, $6::timestamptz FROM e
    ORDER BY e.place, e.subject)
SELECT CASE WHEN EXISTS (SELECT 1 FROM p) THEN 'ok' WHEN EXISTS (SELECT 1 FROM v) THEN 'session_missing'
            ELSE 'conflict' END)">};

// $1 person, $2 index of the old number (or null), $3 new number, $4 its index, $5 evidence, $6 now,
// $7 address, $8 request id, then purpose, holder and hash of the one code or the two (else null). Each code
// that could be right loses a try, whatever is decided. Runs with the person's row held.
constexpr PgStatement change_one_phone{"change_phone", sql<R"(
WITH w AS MATERIALIZED (
    SELECT * FROM (VALUES ($9::text, $10::bytea, $11::bytea), ($12::text, $13::bytea, $14::bytea))
        AS typed (purpose, holder, hash) WHERE purpose IS NOT NULL),
c AS MATERIALIZED (
    SELECT k.purpose, k.holder_hash, k.code_hash = w.hash AS hit
    FROM sms_code k JOIN w ON k.purpose = w.purpose AND k.holder_hash = w.holder
    WHERE k.used_at IS NULL AND $6::timestamptz < k.expires_at AND k.tries > 0 AND k.person_id = $1::text
      AND k.phone_index IS NOT DISTINCT FROM $2::bytea
    ORDER BY k.purpose FOR UPDATE OF k),
v AS MATERIALIZED (
    SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM person WHERE id = $1::text AND state = 'active'
                                 AND phone_index IS NOT DISTINCT FROM $2::bytea) THEN 'conflict'
                WHEN (SELECT count(*) FROM c WHERE c.hit) <> (SELECT count(*) FROM w) THEN 'code_wrong'
                ELSE 'ok' END AS code),
u AS (
    UPDATE sms_code k SET tries = k.tries - 1, used_at = CASE WHEN v.code = 'ok' THEN $6::timestamptz END
    FROM c, v WHERE k.purpose = c.purpose AND k.holder_hash = c.holder_hash),
p AS (
    UPDATE person SET phone = $3::bytea, phone_index = $4::bytea, changed_at = $6::timestamptz FROM v
    WHERE v.code = 'ok' AND person.id = $1::text),
noted AS (
    INSERT INTO audit)",
                                                           pg_sql::audit_columns, R"(
    SELECT 'phone_changed', v.code, $1::text, '', $5::text, $7::text, $8::text, $6::timestamptz FROM v)
SELECT code FROM v)">};

constexpr PgStatement preferences_of{
    "preferences", "SELECT easy, contrast, language FROM preference WHERE person_id = $1", PgUse::read};
// $1 person, $2 easy, $3 contrast, $4 language, $5 now. A taste is no decision: it leaves no audit row.
constexpr PgStatement put_preferences{"set_preferences", R"(
INSERT INTO preference (person_id, easy, contrast, language, changed_at)
SELECT id, $2::boolean, $3::boolean, $4::text, $5::timestamptz FROM person WHERE id = $1::text
ON CONFLICT (person_id) DO UPDATE SET easy = excluded.easy, contrast = excluded.contrast,
    language = excluded.language, changed_at = excluded.changed_at
RETURNING person_id)"};

// $1 person, $2 limit, $3 now, $4 since. Refusals have half of the rows at most: a stranger who only knows
// the number makes as many as he likes, and must not push a live session off the list.
constexpr PgStatement logins_of{"list_logins", R"(
SELECT * FROM (
    (SELECT id, kind, method, opened_at AS at, address, browser, place, 'ok' AS outcome,
            ended_at IS NULL AND $3::timestamptz < idle_ends_at AND $3::timestamptz < expires_at
                AND (presented OR $3::timestamptz < present_until) AS live,
            coalesce(nullif(end_reason, 'expired'), '') AS end_reason, 0 AS number
     FROM session WHERE person_id = $1::text AND opened_at >= $4::timestamptz
     ORDER BY opened_at DESC, id COLLATE "C" DESC LIMIT $2::integer)
    UNION ALL
    (SELECT '', 'browser', method, at, address, '', '', outcome, false, '', number
     FROM audit WHERE person_id = $1::text AND event = 'authn_login_fail' AND at >= $4::timestamptz
     ORDER BY number DESC LIMIT $2::integer / 2)) AS login
ORDER BY at DESC, id COLLATE "C" DESC, number DESC LIMIT $2::integer)",
                                PgUse::read};

LoginRecord read_login(const PgRows& rows, std::size_t row) {
    LoginRecord it;
    it.session_id = std::string(rows.text(row, 0));
    it.kind = session_kind(rows.text(row, 1)).value_or(SessionKind::browser);
    it.method = login_method(rows.text(row, 2)).value_or(LoginMethod::password);
    it.at = rows.time(row, 3);
    it.address = std::string(rows.text(row, 4));
    it.browser = std::string(rows.text(row, 5));
    it.place = std::string(rows.text(row, 6));
    it.outcome = std::string(rows.text(row, 7));
    it.live = rows.boolean(row, 8);
    it.end_reason = std::string(rows.text(row, 9));
    return it;
}

}  // namespace

PgStorage::Answer<void> PgStorage::change_password(std::string person_id, std::string old_hash,
                                                   std::string new_hash, KeptSession keep, WallTime now,
                                                   Trace trace) {
    PgValues values{pg(person_id),       pg(old_hash), pg(new_hash),      pg(keep.id),
                    pg(keep.token_hash), pg(now),      pg(trace.address), pg(trace.request_id)};
    auto rows = co_await with_person_locked(person_id, change_one_password, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->text(0, 0) != "ok") co_return pg_sql::refusal(rows->text(0, 0));
    co_return Result<void>();
}

PgStorage::Answer<void> PgStorage::change_phone(std::string person_id, std::string old_phone,
                                                std::string new_phone, std::vector<CodeProof> codes,
                                                std::string evidence, WallTime now, Trace trace) {
    // The index is keyed by the kind of person, which never changes.
    auto person = co_await find_person_by_id(person_id);
    if (!person) co_return person.error();
    if (!*person || codes.empty() || codes.size() > 2) co_return Errc::conflict;
    const PersonKind kind = (*person)->kind;
    const FieldPlace place{.table = "person", .column = "phone", .row = person_id};
    PgValues values{pg(person_id),
                    old_phone.empty() ? PgValue{} : pg(sealer_.index("phone", kind, old_phone)),
                    pg(sealer_.seal_text(place, new_phone)),
                    pg(sealer_.index("phone", kind, new_phone)),
                    pg(evidence),
                    pg(now),
                    pg(trace.address),
                    pg(trace.request_id)};
    for (std::size_t i = 0; i < 2; ++i) {
        const bool given = i < codes.size();
        values.push_back(given ? pg(name_of(codes[i].purpose)) : PgValue{});
        values.push_back(given ? pg(codes[i].holder_hash) : PgValue{});
        values.push_back(given ? pg(codes[i].code_hash) : PgValue{});
    }
    auto rows = co_await with_person_locked(person_id, change_one_phone, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->text(0, 0) != "ok") co_return pg_sql::refusal(rows->text(0, 0));
    co_return Result<void>();
}

PgStorage::Answer<std::optional<Preferences>> PgStorage::preferences(std::string person_id) {
    auto rows = co_await database_.submit(preferences_of, {pg(person_id)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<Preferences>();
    co_return std::optional(Preferences{.easy = rows->boolean(0, 0),
                                        .contrast = rows->boolean(0, 1),
                                        .language = std::string(rows->text(0, 2))});
}

PgStorage::Answer<void> PgStorage::set_preferences(std::string person_id, Preferences preferences,
                                                   WallTime now) {
    PgValues values{pg(person_id), pg(preferences.easy), pg(preferences.contrast), pg(preferences.language),
                    pg(now)};
    auto rows = co_await database_.submit(put_preferences, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::not_found;
    co_return Result<void>();
}

PgStorage::Answer<std::vector<LoginRecord>> PgStorage::list_logins(std::string person_id, int limit,
                                                                   WallTime now) {
    auto rows = co_await database_.submit(
        logins_of, {pg(person_id), pg(limit), pg(now), pg(WallTime(now - login_history))});
    if (!rows) co_return rows.error();
    std::vector<LoginRecord> out;
    for (std::size_t row = 0; row < rows->size(); ++row)
        out.push_back(read_login(*rows, row));
    co_return out;
}

}  // namespace qrgate
