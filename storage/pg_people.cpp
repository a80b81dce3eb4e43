// People: sealed fields in, clear text out.
#include "storage/names.hpp"
#include "storage/pg_shared.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;
using pg_sql::Text;

constexpr Text person_columns{
    "SELECT id, kind, number, name, phone, level, state, password_hash, level_evidence, level_since, "
    "level_ends_at, password_set_at "
    "FROM person "};

constexpr PgStatement find_by_number{
    "find_person_by_number", sql<person_columns, "WHERE kind = $1 AND number_index = $2">, PgUse::read};
constexpr PgStatement find_by_id{"find_person_by_id", sql<person_columns, "WHERE id = $1">, PgUse::read};
constexpr PgStatement find_by_phone{"find_people_by_phone",
                                    sql<person_columns, "WHERE kind = $1 AND phone_index = $2 ORDER BY id">,
                                    PgUse::read};

// $1 id, $2 kind, $3 number, $4 its index, $5 name, $6 phone, $7 its index, $8 level, $9 evidence, $10 hash,
// $11 now. The id is part of what the fields are sealed to: a row with another id is left alone, and the
// caller looks again.
constexpr PgStatement put{"put_person", sql<R"(
WITH put AS (
    INSERT INTO person (id, kind, number, number_index, name, phone, phone_index, level, level_evidence, level_since,
                        state, password_hash, password_set_at, created_at, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, 'active', $10, $11, $11, $11)
    ON CONFLICT (kind, number_index) DO UPDATE
    SET number = excluded.number, name = excluded.name, phone = excluded.phone, phone_index = excluded.phone_index,
        level = excluded.level, level_evidence = excluded.level_evidence,
        level_since = CASE WHEN person.level = excluded.level THEN person.level_since ELSE excluded.level_since END,
        level_ends_at = NULL, state = 'active',
        password_hash = excluded.password_hash, password_set_at = excluded.password_set_at,
        changed_at = excluded.changed_at
    WHERE person.id = excluded.id
    RETURNING id),
cleared AS (
    UPDATE certificate c SET unlock_failures = 0 FROM put WHERE c.person_id = put.id AND c.unlock_failures > 0),
noted AS (
    INSERT INTO audit)",
                                            pg_sql::audit_columns, R"(
    SELECT 'person_put', 'ok', put.id, '', $9::text, '', '', $11::timestamptz FROM put)
SELECT id FROM put)">};

// $1 id, $2 state, $3 now, $4 address, $5 request id. Runs with the person's row held: a session that another
// connection opened meanwhile is seen and ended.
constexpr PgStatement set_state{"set_person_state", sql<R"(
WITH p AS (
    UPDATE person SET state = $2::text, changed_at = $3::timestamptz WHERE id = $1 RETURNING id),
s AS (
    UPDATE session SET ended_at = $3::timestamptz, end_reason = 'locked' FROM p
    WHERE session.person_id = p.id AND $2::text = 'locked' AND session.ended_at IS NULL
      AND $3::timestamptz < session.idle_ends_at AND $3::timestamptz < session.expires_at
      AND (session.presented OR $3::timestamptz < session.present_until)
    RETURNING session.id),
t AS (
    UPDATE ticket SET state = 'cancelled', ended_at = $3::timestamptz FROM p
    WHERE ticket.person_id = p.id AND $2::text = 'locked' AND ticket.state IN ('scanned', 'confirmed')
    RETURNING ticket.token_hash),
e AS (
    SELECT 1 AS place, CASE $2::text WHEN 'locked' THEN 'person_locked' ELSE 'person_unlocked' END AS event,
           'ok' AS outcome, '' AS subject FROM p
    UNION ALL SELECT 2, 'session_ended', 'locked', s.id FROM s
    UNION ALL SELECT 3, 'ticket_cancelled', 'ok', left(encode(t.token_hash, 'hex'), 16) FROM t),
noted AS (
    INSERT INTO audit)",
                                                        pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, p.id, '', e.subject, $4::text, $5::text, $3::timestamptz FROM e, p
    ORDER BY e.place, e.subject)
SELECT id FROM p)">};

// $1 id, $2 old hash, $3 new hash, $4 now. The same password in another form is no younger: password_set_at
// stays.
constexpr PgStatement set_password{"set_password_hash", sql<R"(
WITH p AS (
    UPDATE person SET password_hash = $3, changed_at = $4::timestamptz WHERE id = $1 AND password_hash = $2
    RETURNING id),
noted AS (
    INSERT INTO audit)",
                                                            pg_sql::audit_columns, R"(
    SELECT 'password_rehashed', 'ok', p.id, '', '', '', '', $4::timestamptz FROM p)
SELECT id FROM p)">};

FieldPlace place(std::string_view column, std::string_view id) {
    return {.table = "person", .column = column, .row = id};
}

Result<Person> read_person(const FieldSealer& sealer, const PgRows& rows, std::size_t row) {
    Person it;
    it.id = std::string(rows.text(row, 0));
    it.kind = person_kind(rows.text(row, 1)).value_or(PersonKind::personal);
    auto number = sealer.open_text(place("number", it.id), rows.octets(row, 2));
    auto name = sealer.open_text(place("name", it.id), rows.octets(row, 3));
    if (!number || !name) return Errc::internal_error;
    it.identity_number = std::move(*number);
    it.name = std::move(*name);
    if (!rows.is_null(row, 4)) {
        auto phone = sealer.open_text(place("phone", it.id), rows.octets(row, 4));
        if (!phone) return phone.error();
        it.phone = std::move(*phone);
    }
    it.level = static_cast<int>(rows.integer(row, 5));
    it.state = person_state(rows.text(row, 6)).value_or(PersonState::locked);
    it.password_hash = std::string(rows.text(row, 7));
    it.level_evidence = std::string(rows.text(row, 8));
    it.level_since = rows.time(row, 9);
    if (!rows.is_null(row, 10)) it.level_ends_at = rows.time(row, 10);
    it.password_set_at = rows.time(row, 11);
    return it;
}

Result<std::optional<Person>> read_one(const FieldSealer& sealer, const PgRows& rows) {
    if (rows.empty()) return std::optional<Person>();
    auto person = read_person(sealer, rows, 0);
    if (!person) return person.error();
    return std::optional<Person>(std::move(*person));
}

PgValues put_values(const FieldSealer& sealer, const std::string& id, const NewPerson& it, WallTime now) {
    const bool phone = !it.phone.empty();
    return {pg(id),
            pg(name_of(it.kind)),
            pg(sealer.seal_text(place("number", id), it.identity_number)),
            pg(sealer.index("number", it.kind, it.identity_number)),
            pg(sealer.seal_text(place("name", id), it.name)),
            phone ? pg(sealer.seal_text(place("phone", id), it.phone)) : PgValue{},
            phone ? pg(sealer.index("phone", it.kind, it.phone)) : PgValue{},
            pg(it.level),
            pg(it.level_evidence),
            pg(it.password_hash),
            pg(now)};
}

}  // namespace

PgStorage::Answer<std::optional<Person>> PgStorage::find_person(PersonKind kind,
                                                                std::string identity_number) {
    PgValues values{pg(name_of(kind)), pg(sealer_.index("number", kind, identity_number))};
    auto rows = co_await database_.submit(find_by_number, std::move(values));
    if (!rows) co_return rows.error();
    co_return read_one(sealer_, *rows);
}

PgStorage::Answer<std::optional<Person>> PgStorage::find_person_by_id(std::string id) {
    auto rows = co_await database_.submit(find_by_id, {pg(id)});
    if (!rows) co_return rows.error();
    co_return read_one(sealer_, *rows);
}

PgStorage::Answer<std::vector<Person>> PgStorage::find_people_by_phone(PersonKind kind, std::string phone) {
    PgValues values{pg(name_of(kind)), pg(sealer_.index("phone", kind, phone))};
    auto rows = co_await database_.submit(find_by_phone, std::move(values));
    if (!rows) co_return rows.error();
    std::vector<Person> out;
    for (std::size_t row = 0; row < rows->size(); ++row) {
        auto person = read_person(sealer_, *rows, row);
        if (!person) co_return person.error();
        out.push_back(std::move(*person));
    }
    co_return out;
}

PgStorage::Answer<std::string> PgStorage::put_person(NewPerson person, WallTime now) {
    PgValues key{pg(name_of(person.kind)), pg(sealer_.index("number", person.kind, person.identity_number))};
    for (int attempt = 0; attempt < pg_sql::attempts; ++attempt) {
        auto known = co_await database_.submit(find_by_number, key);
        if (!known) co_return known.error();
        const std::string id = known->empty() ? person.id : std::string(known->text(0, 0));
        auto rows = co_await database_.submit(put, put_values(sealer_, id, person, now));
        if (!rows) co_return rows.error();
        if (!rows->empty()) co_return id;
    }
    co_return Errc::conflict;
}

PgStorage::Answer<void> PgStorage::set_person_state(std::string id, PersonState state, WallTime now,
                                                    Trace trace) {
    PgValues values{pg(id), pg(name_of(state)), pg(now), pg(trace.address), pg(trace.request_id)};
    auto rows = co_await with_person_locked(id, set_state, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::not_found;
    co_return Result<void>();
}

PgStorage::Answer<void> PgStorage::set_password_hash(std::string id, std::string old_hash,
                                                     std::string new_hash, WallTime now) {
    auto rows = co_await database_.submit(set_password, {pg(id), pg(old_hash), pg(new_hash), pg(now)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::conflict;
    co_return Result<void>();
}

}  // namespace qrgate
