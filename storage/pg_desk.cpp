// The desk: what one operator asks for and another decides.
#include "storage/names.hpp"
#include "storage/pg_levels.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;
using pg_sql::Text;

constexpr Text desk_columns{
    " d.id, d.person_id, d.action, d.level, d.phone, d.evidence, d.opened_by, d.opened_at, d.state, "
    "d.decided_by, d.decided_at "};
constexpr int desk_width = 11;

// $1 id, $2 person, $3 action, $4 level, $5 phone (or null), $6 evidence, $7 opened by, $8 opened at, $9
// address, $10 request id.
constexpr PgStatement open_one{"open_desk_case", sql<R"(
WITH d AS (
    INSERT INTO desk_case (id, person_id, action, level, phone, evidence, opened_by, opened_at, state)
    SELECT $1::text, p.id, $3::text, $4::integer, $5::bytea, $6::text, $7::text, $8::timestamptz, 'open'
    FROM person p WHERE p.id = $2::text
    RETURNING id, person_id, action),
noted AS (
    INSERT INTO audit)",
                                                     pg_sql::audit_columns, R"(
    SELECT 'desk_opened', d.action, d.person_id, '', 'desk:' || d.id, $9::text, $10::text, $8::timestamptz FROM d)
SELECT id FROM d)">};

constexpr PgStatement find_one{"find_desk_case",
                               sql<"SELECT", desk_columns, "FROM desk_case d WHERE d.id = $1">, PgUse::read};
// $1 state (null: all), $2 how many.
constexpr PgStatement list_some{"list_desk_cases", sql<"SELECT", desk_columns, R"(
FROM desk_case d WHERE $1::text IS NULL OR d.state = $1::text
ORDER BY d.opened_at DESC, d.id COLLATE "C" DESC LIMIT $2::integer)">,
                                PgUse::read};

// $1 at, $2 address, $3 request id, $4 id, $5 approve, $6 by, $7 end of the level (or null), $8 phone sealed
// for the person (or null), $9 its index. Runs with the person's row held. Codes that went to the number of
// before count no more.
constexpr PgStatement decide{"decide_desk_case", sql<R"(
WITH q AS MATERIALIZED (SELECT * FROM desk_case WHERE id = $4::text FOR UPDATE),
v AS MATERIALIZED (
    SELECT q.id, q.person_id, q.action, q.level,
           CASE WHEN q.state <> 'open' OR q.opened_by = $6::text THEN 'conflict' ELSE 'ok' END AS code
    FROM q),
d AS (
    UPDATE desk_case x SET state = CASE WHEN $5::boolean THEN 'approved' ELSE 'refused' END,
        decided_by = $6::text, decided_at = $1::timestamptz
    FROM v WHERE x.id = v.id AND v.code = 'ok' RETURNING x.*),
p AS (
    UPDATE person SET
        level = CASE WHEN d.action = 'level' THEN d.level ELSE person.level END,
        level_evidence = CASE WHEN d.action = 'level' THEN 'desk:' || d.id ELSE person.level_evidence END,
        level_since = CASE WHEN d.action = 'level' AND person.level <> d.level THEN $1::timestamptz
                           ELSE person.level_since END,
        level_ends_at = CASE WHEN d.action = 'level' THEN $7::timestamptz ELSE person.level_ends_at END,
        phone = CASE WHEN d.action = 'phone' THEN $8::bytea ELSE person.phone END,
        phone_index = CASE WHEN d.action = 'phone' THEN $9::bytea ELSE person.phone_index END,
        changed_at = $1::timestamptz
    FROM d WHERE person.id = d.person_id AND d.state = 'approved' AND d.action <> 'certificate'
    RETURNING person.id, person.level, d.action,
              CASE WHEN d.action = 'level' THEN 'level:' || d.level || ' desk:' || d.id END AS said),
old_codes AS (
    UPDATE sms_code SET used_at = $1::timestamptz FROM p
    WHERE sms_code.person_id = p.id AND p.action = 'phone' AND sms_code.used_at IS NULL),)",
                                                     pg_sql::level_ends, R"(
noted AS (
    INSERT INTO audit)",
                                                     pg_sql::audit_columns, R"(
    SELECT a.event, a.outcome, v.person_id, '', a.subject, $2::text, $3::text, $1::timestamptz
    FROM v, (SELECT 1 AS place, 'desk_decided' AS event, CASE WHEN w.code <> 'ok' THEN w.code
                    WHEN $5::boolean THEN 'approved' ELSE 'refused' END AS outcome, 'desk:' || w.id AS subject FROM v w
             UNION ALL SELECT 2, 'phone_changed', 'ok', 'desk:' || d.id FROM p, d WHERE p.action = 'phone'
             UNION ALL SELECT e.place, e.event, e.outcome, e.subject FROM e) a
    ORDER BY a.place, a.subject)
SELECT)",
                                                     desk_columns, ", v.code FROM v LEFT JOIN d ON true">};

FieldPlace phone_place(std::string_view id) {
    return {.table = "desk_case", .column = "phone", .row = id};
}

Result<DeskCase> read_case(const FieldSealer& sealer, const PgRows& rows, std::size_t row) {
    DeskCase it{.id = std::string(rows.text(row, 0)),
                .person_id = std::string(rows.text(row, 1)),
                .action = desk_action(rows.text(row, 2)).value_or(DeskAction::level),
                .level = static_cast<int>(rows.integer(row, 3)),
                .evidence = std::string(rows.text(row, 5)),
                .opened_by = std::string(rows.text(row, 6)),
                .opened_at = rows.time(row, 7),
                .state = desk_state(rows.text(row, 8)).value_or(DeskState::refused),
                .decided_by = std::string(rows.text(row, 9))};
    if (!rows.is_null(row, 10)) it.decided_at = rows.time(row, 10);
    if (!rows.is_null(row, 4)) {
        auto phone = sealer.open_text(phone_place(it.id), rows.octets(row, 4));
        if (!phone) return phone.error();
        it.phone = std::move(*phone);
    }
    return it;
}

}  // namespace

PgStorage::Answer<std::string> PgStorage::open_desk_case(DeskCase it, Trace trace) {
    const bool phone = it.action == DeskAction::phone;
    PgValues values{pg(it.id),
                    pg(it.person_id),
                    pg(name_of(it.action)),
                    pg(it.level),
                    phone ? pg(sealer_.seal_text(phone_place(it.id), it.phone)) : PgValue{},
                    pg(it.evidence),
                    pg(it.opened_by),
                    pg(it.opened_at),
                    pg(trace.address),
                    pg(trace.request_id)};
    auto rows = co_await database_.submit(open_one, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::not_found;
    co_return it.id;
}

PgStorage::Answer<std::optional<DeskCase>> PgStorage::find_desk_case(std::string id) {
    auto rows = co_await database_.submit(find_one, {pg(id)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<DeskCase>();
    auto found = read_case(sealer_, *rows, 0);
    if (!found) co_return found.error();
    co_return std::optional<DeskCase>(std::move(*found));
}

PgStorage::Answer<std::vector<DeskCase>> PgStorage::list_desk_cases(std::optional<DeskState> state,
                                                                    int limit) {
    auto rows = co_await database_.submit(list_some, {state ? pg(name_of(*state)) : PgValue{}, pg(limit)});
    if (!rows) co_return rows.error();
    std::vector<DeskCase> out;
    for (std::size_t row = 0; row < rows->size(); ++row) {
        auto it = read_case(sealer_, *rows, row);
        if (!it) co_return it.error();
        out.push_back(std::move(*it));
    }
    co_return out;
}

PgStorage::Answer<DeskCase> PgStorage::decide_desk_case(DeskDecision decision, Trace trace) {
    auto known = co_await find_desk_case(decision.case_id);
    if (!known) co_return known.error();
    if (!*known) co_return Errc::not_found;
    auto person = co_await find_person_by_id((*known)->person_id);
    if (!person) co_return person.error();
    if (!*person) co_return Errc::not_found;
    const std::string& phone = (*known)->phone;
    const FieldPlace place{.table = "person", .column = "phone", .row = (*person)->id};
    PgValues values{pg(decision.at),
                    pg(trace.address),
                    pg(trace.request_id),
                    pg(decision.case_id),
                    pg(decision.approve),
                    pg(decision.by),
                    pg(decision.level_ends_at),
                    phone.empty() ? PgValue{} : pg(sealer_.seal_text(place, phone)),
                    phone.empty() ? PgValue{} : pg(sealer_.index("phone", (*person)->kind, phone))};
    auto rows = co_await with_person_locked((*person)->id, decide, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::not_found;
    if (rows->text(0, desk_width) != "ok") co_return Errc::conflict;
    co_return read_case(sealer_, *rows, 0);
}

}  // namespace qrgate
