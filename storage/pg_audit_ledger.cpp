#include "storage/pg_audit_ledger.hpp"

#include <utility>

#include "storage/pg_shared.hpp"
#include "storage/task.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;
using pg_sql::Text;

// For retention and for whole pages of rows; a seal takes milliseconds. PostgreSQL gives up first, so that
// the connection outlives it.
constexpr std::string_view begin_patiently = "BEGIN; SET LOCAL statement_timeout = 30000";
constexpr std::chrono::seconds patient{35};

// Of its own number: the lock of migrations is another.
constexpr PgStatement try_lock{"audit_try_lock", "SELECT pg_try_advisory_xact_lock(7113420221)"};

constexpr Text seal_columns{" seal, row_count, last_position, last_number, sealed_at, digest, mac "};
constexpr PgStatement newest_seal{"audit_newest_seal",
                                  sql<"SELECT", seal_columns, "FROM audit_seal ORDER BY seal DESC LIMIT 1">,
                                  PgUse::read};
constexpr PgStatement seals_from{
    "audit_seals",
    sql<"SELECT", seal_columns,
        ", marks FROM audit_seal WHERE seal >= $1::bigint ORDER BY seal LIMIT $2::integer">,
    PgUse::read};
constexpr PgStatement seal_before{
    "audit_seal_before",
    sql<"SELECT", seal_columns,
        "FROM audit_seal WHERE sealed_at < $1::timestamptz ORDER BY seal DESC LIMIT 1">,
    PgUse::read};

// $1, $2 the place before, $3 at most, $4 the digest before, $5 the seal's number, $6 its time. The horizon
// is the statement's own snapshot's: what is below it is all that will ever be there, and all of it is seen.
// storage/audit_chain.hpp says what is hashed.
constexpr PgStatement hash_rows{"audit_hash_rows", R"(
WITH b AS MATERIALIZED (
    SELECT a.position, a.number, audit_digest(a) AS digest FROM audit a
    WHERE (a.position, a.number) > ($1::bigint, $2::bigint) AND a.position < audit_horizon()
    ORDER BY a.position, a.number LIMIT $3::integer),
e AS (
    SELECT count(*) AS rows, (array_agg(position ORDER BY position DESC, number DESC))[1] AS position,
           (array_agg(number ORDER BY position DESC, number DESC))[1] AS number,
           string_agg(digest, ''::bytea ORDER BY position, number) AS digests,
           string_agg(int8send(number) || substr(digest, 1, 8), ''::bytea ORDER BY position, number) AS marks
    FROM b)
SELECT rows, position, number, marks, sha256($4::bytea || convert_to(
        audit_field($5::text) || audit_field(rows::text) || audit_field(position::text) || audit_field(number::text)
        || audit_field((extract(epoch FROM $6::timestamptz) * 1000000)::bigint::text), 'UTF8') || digests)
FROM e WHERE rows > 0)"};

constexpr PgStatement write_seal{"audit_write_seal", R"(
INSERT INTO audit_seal (seal, row_count, last_position, last_number, sealed_at, marks, digest, mac)
VALUES ($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::timestamptz, $6::bytea, $7::bytea, $8::bytea))"};

// $1, $2 behind this place, $3 counted up to.
constexpr PgStatement count_waiting{"audit_waiting", R"(
SELECT count(*), min(at) FROM (
    SELECT at FROM audit WHERE (position, number) > ($1::bigint, $2::bigint) LIMIT $3::integer) w)",
                                    PgUse::read};

constexpr PgStatement read_start{"audit_start", "SELECT seal FROM audit_start", PgUse::read};
constexpr PgStatement count_up_to{
    "audit_rows_up_to", "SELECT count(*) FROM audit WHERE (position, number) <= ($1::bigint, $2::bigint)",
    PgUse::read};

// $1, $2 behind this place, $3 at most, $4, $5 up to this place. Whether a login came after refused ones: by
// the index of a person's rows.
constexpr PgStatement rows_behind{"audit_rows", R"(
SELECT a.position, a.number, a.event, a.outcome, a.person_id, a.method, a.subject, a.address, a.request_id, a.at,
       a.event = 'authn_login_success' AND coalesce((
           SELECT b.event FROM audit b
           WHERE b.person_id = a.person_id AND b.number < a.number
             AND b.event IN ('authn_login_success', 'authn_login_fail', 'authn_login_fail_max')
           ORDER BY b.number DESC LIMIT 1) <> 'authn_login_success', false)
FROM audit a WHERE (a.position, a.number) > ($1::bigint, $2::bigint)
  AND (a.position, a.number) <= ($4::bigint, $5::bigint)
ORDER BY a.position, a.number LIMIT $3::integer)",
                                  PgUse::read};

constexpr PgStatement new_era{"audit_new_era", "SELECT audit_new_era()"};
constexpr PgStatement retire_some{"audit_retire", "SELECT audit_retire($1::timestamptz, $2::integer)"};

AuditSeal read_seal(const PgRows& rows, std::size_t row) {
    AuditSeal it;
    it.seal = rows.integer(row, 0);
    it.rows = rows.integer(row, 1);
    it.last = {rows.integer(row, 2), rows.integer(row, 3)};
    it.sealed_at = rows.time(row, 4);
    it.digest = rows.digest(row, 5);
    it.mac = rows.digest(row, 6);
    return it;
}

ChainRow read_row(const PgRows& rows, std::size_t row) {
    const auto text = [&](int column) { return std::string(rows.text(row, column)); };
    ChainRow it;
    it.place = {rows.integer(row, 0), rows.integer(row, 1)};
    it.row.number = it.place.number;
    it.row.event = {.event = text(2), .outcome = text(3), .method = text(5), .subject = text(6)};
    if (!rows.is_null(row, 4)) it.row.event.person_id = text(4);
    it.row.event.at = rows.time(row, 9);
    it.row.trace = {.address = text(7), .request_id = text(8)};
    it.after_failure = rows.boolean(row, 10);
    return it;
}

Task<Result<void>> count(PgLease& lease, SealRound& round) {
    const ChainPlace behind = round.newest ? round.newest->last : ChainPlace{};
    auto rows = co_await lease.run(
        count_waiting, {pg(behind.position), pg(behind.number), pg(AuditLedger::waiting_counted)});
    if (!rows) co_return rows.error();
    round.waiting = rows->integer(0, 0);
    if (!rows->is_null(0, 1)) round.oldest_waiting = rows->time(0, 1);
    co_return Result<void>();
}

// In a transaction that has begun.
Task<Result<SealRound>> seal_next(PgLease& lease, Digest key, WallTime now, int most) {
    SealRound round;
    auto locked = co_await lease.run(try_lock, {});
    if (!locked) co_return locked.error();
    round.held_elsewhere = !locked->boolean(0, 0);
    // A dump that was restored meanwhile: without this nothing behind its last row would ever be sealed.
    if (!round.held_elsewhere)
        if (auto era = co_await lease.run(new_era, {}); !era) co_return era.error();
    auto newest = co_await lease.run(newest_seal, {});
    if (!newest) co_return newest.error();
    if (!newest->empty()) round.newest = read_seal(*newest, 0);
    if (round.held_elsewhere) co_return round;

    AuditSeal next;
    const Digest before = round.newest ? round.newest->digest : Digest{};
    const ChainPlace behind = round.newest ? round.newest->last : ChainPlace{};
    next.seal = (round.newest ? round.newest->seal : 0) + 1;
    next.sealed_at = now;
    auto hashed = co_await lease.run(hash_rows, {pg(behind.position), pg(behind.number), pg(most), pg(before),
                                                 pg(next.seal), pg(next.sealed_at)});
    if (!hashed) co_return hashed.error();
    if (hashed->empty()) co_return round;
    next.rows = hashed->integer(0, 0);
    next.last = {hashed->integer(0, 1), hashed->integer(0, 2)};
    next.marks = hashed->octets(0, 3);
    next.digest = hashed->digest(0, 4);
    next.mac = seal_mac(key, next);
    PgValues values{pg(next.seal),      pg(next.rows),  pg(next.last.position), pg(next.last.number),
                    pg(next.sealed_at), pg(next.marks), pg(next.digest),        pg(next.mac)};
    auto written = co_await lease.run(write_seal, std::move(values));
    if (!written) co_return written.error();
    next.marks.clear();
    round.newest = next;
    round.made = std::move(next);
    co_return round;
}

}  // namespace

Task<Result<PgRows>> PgAuditLedger::run(PgStatement statement, PgValues values) {
    auto lease = co_await database_.lease();
    if (!lease) co_return lease.error();
    (*lease)->set_deadline(patient);
    if (auto begun = co_await (*lease)->script(std::string(begin_patiently)); !begun) co_return begun.error();
    auto rows = co_await (*lease)->run(statement, std::move(values));
    if (!rows) {
        [[maybe_unused]] const auto undone = co_await (*lease)->script("ROLLBACK");
        co_return rows.error();
    }
    if (auto done = co_await (*lease)->script("COMMIT"); !done) co_return done.error();
    co_return rows;
}

PgAuditLedger::Answer<bool> PgAuditLedger::begin() {
    auto rows = co_await run(new_era, {});
    if (!rows) co_return rows.error();
    co_return rows->boolean(0, 0);
}

PgAuditLedger::Answer<SealRound> PgAuditLedger::seal(Digest key, WallTime now, int most) {
    auto lease = co_await database_.lease();
    if (!lease) co_return lease.error();
    if (auto begun = co_await (*lease)->script("BEGIN"); !begun) co_return begun.error();
    auto round = co_await seal_next(**lease, key, now, most);
    if (!round) {
        [[maybe_unused]] const auto undone = co_await (*lease)->script("ROLLBACK");
        co_return round.error();
    }
    if (auto done = co_await (*lease)->script("COMMIT"); !done) co_return done.error();
    if (auto counted = co_await count(**lease, *round); !counted) co_return counted.error();
    co_return round;
}

PgAuditLedger::Answer<std::int64_t> PgAuditLedger::start() {
    auto rows = co_await run(read_start, {});
    if (!rows) co_return rows.error();
    // Without its row nothing was ever let go, and verify says what is missing then.
    co_return rows->empty() ? std::int64_t{0} : rows->integer(0, 0);
}

PgAuditLedger::Answer<std::vector<AuditSeal>> PgAuditLedger::seals(std::int64_t first, int limit) {
    auto rows = co_await run(seals_from, {pg(first), pg(limit)});
    if (!rows) co_return rows.error();
    std::vector<AuditSeal> out;
    for (std::size_t row = 0; row < rows->size(); ++row) {
        out.push_back(read_seal(*rows, row));
        out.back().marks = rows->octets(row, 7);
    }
    co_return out;
}

PgAuditLedger::Answer<std::optional<AuditSeal>> PgAuditLedger::last_seal_before(WallTime at) {
    auto rows = co_await run(seal_before, {pg(at)});
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<AuditSeal>();
    co_return std::optional<AuditSeal>(read_seal(*rows, 0));
}

PgAuditLedger::Answer<std::vector<ChainRow>> PgAuditLedger::rows(ChainPlace after, ChainPlace last,
                                                                 int limit) {
    auto rows = co_await run(
        rows_behind, {pg(after.position), pg(after.number), pg(limit), pg(last.position), pg(last.number)});
    if (!rows) co_return rows.error();
    std::vector<ChainRow> out;
    for (std::size_t row = 0; row < rows->size(); ++row)
        out.push_back(read_row(*rows, row));
    co_return out;
}

PgAuditLedger::Answer<std::int64_t> PgAuditLedger::rows_up_to(ChainPlace place) {
    auto rows = co_await run(count_up_to, {pg(place.position), pg(place.number)});
    if (!rows) co_return rows.error();
    co_return rows->integer(0, 0);
}

PgAuditLedger::Answer<std::int64_t> PgAuditLedger::retire(WallTime made_before, int most) {
    auto rows = co_await run(retire_some, {pg(made_before), pg(most)});
    if (!rows) co_return rows.error();
    co_return rows->integer(0, 0);
}

}  // namespace qrgate
