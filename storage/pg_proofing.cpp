// Proofings: what an outside provider says about a person, and what that permits.
#include "storage/names.hpp"
#include "storage/pg_levels.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;
using pg_sql::Text;

constexpr Text proofing_columns{
    " f.id, f.person_id, f.phone_session_id, f.device_hash, f.provider, f.reference, f.state, f.reason, "
    "f.started_at, f.ends_at, f.decided_at "};
constexpr int proofing_width = 11;

// $1 id, $2 person, $3 phone session, $4 device, $5 provider, $6 started, $7 ends, $8 address, $9 request id,
// $10 the texts agreed to and $11 their versions, as arrays. Runs with the person's row held: of two starts
// at once the second ends the first. The insert reads `over`, so the older one has ended before.
constexpr PgStatement start{"start_proofing", sql<R"(
WITH over AS (
    UPDATE proofing SET state = 'expired', decided_at = $6::timestamptz
    WHERE person_id = $2::text AND state = 'open' RETURNING id),
n AS MATERIALIZED (SELECT count(*) AS ended FROM over),
f AS (
    INSERT INTO proofing (id, person_id, phone_session_id, device_hash, provider, state, started_at, ends_at)
    SELECT $1::text, p.id, $3::text, $4::bytea, $5::text, 'open', $6::timestamptz, $7::timestamptz
    FROM person p, n WHERE p.id = $2::text AND p.state = 'active' AND n.ended >= 0
    RETURNING *),
agreed AS (
    INSERT INTO consent (person_id, proofing_id, text, version, agreed_at, address)
    SELECT f.person_id, f.id, c.text, c.version, $6::timestamptz, $8::text
    FROM f, unnest($10::text[], $11::text[]) WITH ORDINALITY AS c (text, version, place) ORDER BY c.place),
noted AS (
    INSERT INTO audit)",
                                                  pg_sql::audit_columns, R"(
    SELECT 'proofing_started', 'ok', f.person_id, '', 'proofing:' || f.id, $8::text, $9::text, $6::timestamptz FROM f)
SELECT)",
                                                  proofing_columns, "FROM f">};

constexpr PgStatement note_reference{"note_proofing_reference",
                                     "UPDATE proofing SET reference = $2::text WHERE id = $1 RETURNING id"};
constexpr PgStatement find_one{
    "find_proofing", sql<"SELECT", proofing_columns, "FROM proofing f WHERE f.id = $1">, PgUse::read};
// $1 started before, $2 how many. What was over by then is nobody's question any more.
constexpr PgStatement list_open{"list_open_proofings", sql<"SELECT", proofing_columns, R"(
FROM proofing f WHERE f.state = 'open' AND f.started_at < $1::timestamptz AND f.ends_at > $1::timestamptz
ORDER BY f.started_at, f.id LIMIT $2::integer)">,
                                PgUse::read};

// $1 at, $2 address, $3 request id, $4 id, $5 event, $6 passed, $7 reason, $8 end of the level (or null).
// Runs with the person's row held.
constexpr PgStatement decide{"decide_proofing", sql<R"(
WITH q AS MATERIALIZED (SELECT * FROM proofing WHERE id = $4::text FOR UPDATE),
v AS MATERIALIZED (
    SELECT q.id, q.person_id, CASE
        WHEN q.state <> 'open' OR $1::timestamptz >= q.ends_at
             OR EXISTS (SELECT 1 FROM proofing WHERE event_id = $5::text) THEN 'conflict'
        ELSE 'ok' END AS code
    FROM q),
f AS (
    UPDATE proofing x SET state = CASE WHEN $6::boolean THEN 'passed' ELSE 'failed' END, reason = $7::text,
        event_id = $5::text, decided_at = $1::timestamptz
    FROM v WHERE x.id = v.id AND v.code = 'ok' RETURNING x.*),
p AS (
    UPDATE person SET level = 3, level_evidence = 'proofing:' || f.id,
        level_since = CASE WHEN person.level = 3 THEN person.level_since ELSE $1::timestamptz END,
        level_ends_at = $8::timestamptz, changed_at = $1::timestamptz
    FROM f WHERE person.id = f.person_id AND f.state = 'passed'
    RETURNING person.id, person.level, 'level:3 proofing:' || f.id AS said),
e AS (
    SELECT 1 AS place, 'proofing_decided' AS event, CASE WHEN v.code <> 'ok' THEN v.code
           WHEN $6::boolean THEN 'passed' ELSE 'failed' END AS outcome, 'proofing:' || v.id AS subject FROM v
    UNION ALL SELECT 2, 'level_changed', 'ok', p.said FROM p),
noted AS (
    INSERT INTO audit)",
                                                    pg_sql::audit_columns, R"(
    SELECT e.event, e.outcome, v.person_id, '', e.subject, $2::text, $3::text, $1::timestamptz
    FROM e, v ORDER BY e.place)
SELECT)",
                                                    proofing_columns, ", v.code FROM v LEFT JOIN f ON true">};

// $1 person, $2 device, $3 now, $4 proofings since, $5 approvals since. A proofing first: it is not used up.
constexpr PgStatement permit{"certificate_permit", R"(
SELECT permit FROM (
    (SELECT 1 AS place, 'proofing:' || id AS permit, decided_at FROM proofing
     WHERE person_id = $1 AND device_hash = $2::bytea AND state = 'passed'
       AND decided_at > $4::timestamptz AND decided_at <= $3::timestamptz)
    UNION ALL
    (SELECT 2, 'desk:' || id, decided_at FROM desk_case
     WHERE person_id = $1 AND action = 'certificate' AND state = 'approved' AND used_at IS NULL
       AND decided_at > $5::timestamptz AND decided_at <= $3::timestamptz)) any_permit
ORDER BY place, decided_at DESC, permit LIMIT 1)",
                             PgUse::read};

Proofing read_proofing(const PgRows& rows, std::size_t row) {
    Proofing it{.id = std::string(rows.text(row, 0)),
                .person_id = std::string(rows.text(row, 1)),
                .phone_session_id = std::string(rows.text(row, 2)),
                .device_hash = rows.digest(row, 3),
                .provider = std::string(rows.text(row, 4)),
                .reference = std::string(rows.text(row, 5)),
                .state = proofing_state(rows.text(row, 6)).value_or(ProofingState::expired),
                .reason = std::string(rows.text(row, 7)),
                .started_at = rows.time(row, 8),
                .ends_at = rows.time(row, 9)};
    if (!rows.is_null(row, 10)) it.decided_at = rows.time(row, 10);
    return it;
}

// A one-dimensional array in PostgreSQL's text form.
std::string array_of(const std::vector<Consent>& consents, std::string Consent::* field) {
    std::string out = "{";
    for (const Consent& consent : consents) {
        if (out.size() > 1) out += ',';
        out += '"';
        for (const char c : consent.*field) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + "}";
}

}  // namespace

PgStorage::Answer<Proofing> PgStorage::start_proofing(NewProofing it, Trace trace) {
    PgValues values{pg(it.proofing.id),
                    pg(it.proofing.person_id),
                    pg(it.proofing.phone_session_id),
                    pg(it.proofing.device_hash),
                    pg(it.proofing.provider),
                    pg(it.proofing.started_at),
                    pg(it.proofing.ends_at),
                    pg(trace.address),
                    pg(trace.request_id),
                    pg(array_of(it.consents, &Consent::text)),
                    pg(array_of(it.consents, &Consent::version))};
    auto rows = co_await with_person_locked(it.proofing.person_id, start, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::not_found;
    co_return read_proofing(*rows, 0);
}

PgStorage::Answer<void> PgStorage::note_proofing_reference(std::string id, std::string reference) {
    auto rows = co_await database_.submit(note_reference, {pg(id), pg(reference)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::not_found;
    co_return Result<void>();
}

PgStorage::Answer<std::optional<Proofing>> PgStorage::find_proofing(std::string id) {
    auto rows = co_await database_.submit(find_one, {pg(id)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<Proofing>();
    co_return std::optional<Proofing>(read_proofing(*rows, 0));
}

PgStorage::Answer<std::vector<Proofing>> PgStorage::list_open_proofings(WallTime started_before, int limit) {
    auto rows = co_await database_.submit(list_open, {pg(started_before), pg(limit)});
    if (!rows) co_return rows.error();
    std::vector<Proofing> out;
    for (std::size_t row = 0; row < rows->size(); ++row)
        out.push_back(read_proofing(*rows, row));
    co_return out;
}

PgStorage::Answer<Proofing> PgStorage::decide_proofing(ProofingVerdict verdict, Trace trace) {
    auto known = co_await find_proofing(verdict.proofing_id);
    if (!known) co_return known.error();
    if (!*known) co_return Errc::not_found;
    PgValues values{pg(verdict.at),     pg(trace.address),        pg(trace.request_id),
                    pg((*known)->id),   pg(verdict.event_id),     pg(verdict.passed),
                    pg(verdict.reason), pg(verdict.level_ends_at)};
    auto rows = co_await with_person_locked((*known)->person_id, decide, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return Errc::not_found;
    if (rows->text(0, proofing_width) != "ok") co_return Errc::conflict;
    co_return read_proofing(*rows, 0);
}

PgStorage::Answer<std::optional<std::string>> PgStorage::certificate_permit(std::string person_id,
                                                                            Digest device_hash,
                                                                            WallTime now) {
    PgValues values{pg(person_id), pg(device_hash), pg(now), pg(WallTime(now - proofing_permit)),
                    pg(WallTime(now - desk_permit))};
    auto rows = co_await database_.submit(permit, std::move(values));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<std::string>();
    co_return std::optional<std::string>(rows->text(0, 0));
}

}  // namespace qrgate
