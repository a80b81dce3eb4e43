// Readiness, evidence, audit, purge, and the transaction that holds a person's row.
#include "storage/migrate.hpp"
#include "storage/names.hpp"
#include "storage/pg_shared.hpp"
#include "storage/pg_storage.hpp"
#include "storage/task.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;
using pg_sql::Text;

constexpr PgStatement lock_person{"lock_person", "SELECT id FROM person WHERE id = $1 FOR UPDATE"};

constexpr Text receipt_columns{
    "SELECT token_hash, person_id, serial, algorithm, text, signature, certificate, chain, "
    "certificate_status, confirmed_at FROM evidence "};
constexpr PgStatement receipts_of{
    "list_receipts", sql<receipt_columns, "WHERE person_id = $1 ORDER BY confirmed_at DESC, token_hash DESC">,
    PgUse::read};
constexpr PgStatement receipt_of{"find_receipt", sql<receipt_columns, "WHERE token_hash = $1">, PgUse::read};

// $1 event, $2 outcome, $3 person (or null), $4 method, $5 subject, $6 address, $7 request id, $8 at.
constexpr PgStatement record_one{
    "record_audit",
    sql<"INSERT INTO audit", pg_sql::audit_columns, "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)">};
constexpr PgStatement audit_of{"list_audit", R"(
SELECT number, event, outcome, person_id, method, at, address, request_id, subject FROM audit
WHERE person_id = $1 ORDER BY number DESC LIMIT $2::integer)",
                               PgUse::read};

// $1 now, $2 what is older than this refers to nothing any more, $3 how far back logins are shown.
constexpr PgStatement purge_all{"purge", R"(
WITH s AS (DELETE FROM session WHERE expires_at < $3::timestamptz),
e AS (DELETE FROM ended_pre_session WHERE ended_at < $2::timestamptz),
c AS (DELETE FROM sms_code WHERE expires_at < $2::timestamptz),
t AS (DELETE FROM ticket WHERE ended_at < $2::timestamptz),
f AS (UPDATE proofing SET state = 'expired', decided_at = ends_at WHERE state = 'open' AND ends_at <= $1::timestamptz)
DELETE FROM budget WHERE window_ends <= $1::timestamptz)"};

Receipt read_receipt(const PgRows& rows, std::size_t row) {
    return {.token_hash = rows.digest(row, 0),
            .person_id = std::string(rows.text(row, 1)),
            .serial = std::string(rows.text(row, 2)),
            .algorithm = key_algorithm(rows.text(row, 3)).value_or(KeyAlgorithm::sm2),
            .text = std::string(rows.text(row, 4)),
            .signature = rows.octets(row, 5),
            .certificate = rows.octets(row, 6),
            .chain = rows.octets(row, 7),
            .certificate_status = std::string(rows.text(row, 8)),
            .confirmed_at = rows.time(row, 9)};
}

AuditRow read_audit(const PgRows& rows, std::size_t row) {
    AuditRow it;
    it.number = rows.integer(row, 0);
    it.event.event = std::string(rows.text(row, 1));
    it.event.outcome = std::string(rows.text(row, 2));
    if (!rows.is_null(row, 3)) it.event.person_id = std::string(rows.text(row, 3));
    it.event.method = std::string(rows.text(row, 4));
    it.event.at = rows.time(row, 5);
    it.trace.address = std::string(rows.text(row, 6));
    it.trace.request_id = std::string(rows.text(row, 7));
    it.event.subject = std::string(rows.text(row, 8));
    return it;
}

// One transaction. A connection that cannot even roll back is closed with the lease; the first error is the
// one to tell.
Task<Result<PgRows>> run_locked(PgLease& lease, std::string person_id, PgStatement statement, PgValues values,
                                bool& lost_a_race) {
    if (auto begun = co_await lease.script("BEGIN"); !begun) co_return begun.error();
    auto rows = co_await lease.run(lock_person, {pg(std::move(person_id))});
    if (rows) rows = co_await lease.run(statement, std::move(values));
    if (!rows) {
        lost_a_race = lease.lost_a_race();
        [[maybe_unused]] const auto undone = co_await lease.script("ROLLBACK");
        co_return rows.error();
    }
    if (auto done = co_await lease.script("COMMIT"); !done) {
        lost_a_race = lease.lost_a_race();
        co_return done.error();
    }
    co_return rows;
}

}  // namespace

PgStorage::Answer<PgRows> PgStorage::with_person_locked(std::string person_id, PgStatement statement,
                                                        PgValues values) {
    auto lease = co_await database_.lease();
    if (!lease) co_return lease.error();
    for (int attempt = 1;; ++attempt) {
        bool lost_a_race = false;
        auto rows = co_await run_locked(**lease, person_id, statement, values, lost_a_race);
        // Others take a session's or a code's row first and then the person's. Of two that wait for each
        // other PostgreSQL undoes one, and the other goes on: so this one only has to begin again.
        if (!lost_a_race || attempt == pg_sql::attempts) co_return rows;
    }
}

// conflict: reachable, but the schema is another build's.
PgStorage::Answer<void> PgStorage::ready() {
    auto rows = co_await database_.submit(read_schema_version, {});
    if (!rows) co_return rows.error();
    if (rows->empty() || rows->integer(0, 0) != known_schema_version()) co_return Errc::conflict;
    co_return Result<void>();
}

PgStorage::Answer<std::vector<Receipt>> PgStorage::list_receipts(std::string person_id) {
    auto rows = co_await database_.submit(receipts_of, {pg(person_id)});
    if (!rows) co_return rows.error();
    std::vector<Receipt> out;
    for (std::size_t row = 0; row < rows->size(); ++row)
        out.push_back(read_receipt(*rows, row));
    co_return out;
}

PgStorage::Answer<std::optional<Receipt>> PgStorage::find_receipt(Digest token_hash) {
    auto rows = co_await database_.submit(receipt_of, {pg(token_hash)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<Receipt>();
    co_return std::optional<Receipt>(read_receipt(*rows, 0));
}

PgStorage::Answer<void> PgStorage::record(AuditEvent event, Trace trace) {
    PgValues values{pg(event.event),   pg(event.outcome), pg(event.person_id),  pg(event.method),
                    pg(event.subject), pg(trace.address), pg(trace.request_id), pg(event.at)};
    auto rows = co_await database_.submit(record_one, std::move(values));
    if (!rows) co_return rows.error();
    co_return Result<void>();
}

PgStorage::Answer<std::vector<AuditRow>> PgStorage::list_audit(std::string person_id, int limit) {
    auto rows = co_await database_.submit(audit_of, {pg(person_id), pg(limit)});
    if (!rows) co_return rows.error();
    std::vector<AuditRow> out;
    for (std::size_t row = 0; row < rows->size(); ++row)
        out.push_back(read_audit(*rows, row));
    co_return out;
}

PgStorage::Answer<void> PgStorage::purge(WallTime now) {
    auto rows = co_await database_.submit(
        purge_all, {pg(now), pg(WallTime(now - purge_after)), pg(WallTime(now - login_history))});
    if (!rows) co_return rows.error();
    co_return Result<void>();
}

}  // namespace qrgate
