// An import: one batch looks up who is known, seals what changed, and puts it in with one statement.
#include <map>

#include "storage/import_row.hpp"
#include "storage/pg_array.hpp"
#include "storage/pg_shared.hpp"
#include "storage/pg_storage.hpp"
#include "storage/task.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;

constexpr std::chrono::seconds batch_deadline{60};

// $1 kinds, $2 indexes of numbers.
constexpr PgStatement find_known{"import_find_known", R"(
SELECT p.kind, p.number_index, p.id, p.import_digest FROM person p
JOIN unnest($1::text[], $2::bytea[]) AS r (kind, number_index)
  ON p.kind = r.kind AND p.number_index = r.number_index)"};

// $1 ids, $2 kinds, $3 numbers, $4 their indexes, $5 names, $6 phones, $7 their indexes, $8 levels, $9
// evidence, $10 password hashes, $11 digests of the rows, $12 whether known, $13 now. As in put_person the id
// is part of what the fields are sealed to: a row whose number got another id meanwhile is left alone, and
// the caller starts the batch again. In one order, so that two imports cannot wait for each other.
constexpr PgStatement put_batch{"import_people", sql<R"(
WITH r AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[],
                         $8::integer[], $9::text[], $10::text[], $11::bytea[], $12::boolean[])
        AS r (id, kind, number, number_index, name, phone, phone_index, level, evidence, hash, digest, known)),
put AS (
    INSERT INTO person AS p (id, kind, number, number_index, name, phone, phone_index, imported_phone_index, level,
                             level_evidence, level_since, state, password_hash, password_set_at, import_digest,
                             created_at, changed_at)
    SELECT r.id, r.kind, r.number, r.number_index, r.name, r.phone, r.phone_index, r.phone_index, r.level, r.evidence,
           $13::timestamptz, 'active', r.hash, $13::timestamptz, r.digest, $13::timestamptz, $13::timestamptz
    FROM r ORDER BY r.number_index
    ON CONFLICT (kind, number_index) DO UPDATE
    SET name = excluded.name,
        (phone, phone_index, imported_phone_index) = (
            SELECT CASE WHEN take THEN excluded.phone ELSE p.phone END,
                   CASE WHEN take THEN excluded.phone_index ELSE p.phone_index END,
                   CASE WHEN take THEN excluded.phone_index ELSE p.imported_phone_index END
            FROM (SELECT excluded.phone_index IS NOT NULL
                         AND p.phone_index IS NOT DISTINCT FROM p.imported_phone_index AS take) AS t),
        (level, level_evidence, level_since, level_ends_at) = (
            SELECT CASE WHEN take THEN excluded.level ELSE p.level END,
                   CASE WHEN take THEN excluded.level_evidence ELSE p.level_evidence END,
                   CASE WHEN take THEN excluded.level_since ELSE p.level_since END,
                   CASE WHEN take THEN NULL ELSE p.level_ends_at END
            FROM (SELECT excluded.level > p.level AND starts_with(p.level_evidence, 'import:') AS take) AS t),
        (password_hash, password_set_at) = (
            SELECT CASE WHEN take THEN excluded.password_hash ELSE p.password_hash END,
                   CASE WHEN take THEN excluded.password_set_at ELSE p.password_set_at END
            FROM (SELECT excluded.password_hash NOT IN ('', p.password_hash)
                         AND (p.password_hash = '' OR starts_with(p.password_hash, 'legacy:')) AS take) AS t),
        import_digest = excluded.import_digest, changed_at = excluded.changed_at
    WHERE p.id = excluded.id
    RETURNING p.id, p.level, p.level_evidence),
noted AS (
    INSERT INTO audit)",
                                                     pg_sql::audit_columns, R"(
    SELECT 'person_imported', 'ok', put.id, '',
           CASE WHEN r.known THEN 'changed' ELSE 'added' END || ' level:' || put.level || ' ' || put.level_evidence,
           '', '', $13::timestamptz
    FROM put JOIN r ON r.id = put.id)
SELECT count(*) FROM put)">};

struct Known {
    std::string id = {};
    std::optional<Digest> digest = {};
};
using KnownPeople = std::map<std::pair<PersonKind, Digest>, Known>;

// One row with its keys, computed once however often the batch is tried.
struct Row {
    const NewPerson* person = nullptr;
    Digest number_index{};
    Digest digest{};
};

FieldPlace place(std::string_view column, std::string_view id) {
    return {.table = "person", .column = column, .row = id};
}

KnownPeople read_known(const PgRows& rows) {
    KnownPeople known;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        Known it{.id = std::string(rows.text(row, 2))};
        if (!rows.is_null(row, 3)) it.digest = rows.digest(row, 3);
        const PersonKind kind = person_kind(rows.text(row, 0)).value_or(PersonKind::personal);
        known.emplace(std::pair{kind, rows.digest(row, 1)}, std::move(it));
    }
    return known;
}

// The parameters of put_batch, for the rows that say something new.
class Batch {
public:
    explicit Batch(const FieldSealer& sealer) : sealer_(sealer) {}

    void add(const Row& row, const std::string& id, bool known) {
        const NewPerson& it = *row.person;
        ids_.text(id);
        kinds_.text(name_of(it.kind));
        numbers_.octets(sealer_.seal_text(place("number", id), it.identity_number));
        number_indexes_.octets(row.number_index);
        names_.octets(sealer_.seal_text(place("name", id), it.name));
        if (it.phone.empty()) {
            phones_.null();
            phone_indexes_.null();
        } else {
            phones_.octets(sealer_.seal_text(place("phone", id), it.phone));
            phone_indexes_.octets(sealer_.index("phone", it.kind, it.phone));
        }
        levels_.plain(std::to_string(it.level));
        evidence_.text(it.level_evidence);
        hashes_.text(it.password_hash);
        digests_.octets(row.digest);
        known_.plain(known ? "t" : "f");
        ++(known ? report_.changed : report_.added);
    }
    void same() { ++report_.same; }
    std::int64_t size() const { return report_.changed + report_.added; }
    const ImportReport& report() const { return report_; }

    PgValues values(WallTime now) && {
        PgValues out;
        for (PgArray* array : {&ids_, &kinds_, &numbers_, &number_indexes_, &names_, &phones_,
                               &phone_indexes_, &levels_, &evidence_, &hashes_, &digests_, &known_})
            out.push_back(std::move(*array).value());
        out.push_back(pg(now));
        return out;
    }

private:
    const FieldSealer& sealer_;
    ImportReport report_ = {};
    PgArray ids_, kinds_, numbers_, number_indexes_, names_, phones_, phone_indexes_, levels_, evidence_,
        hashes_, digests_, known_;
};

Task<Result<ImportReport>> put_once(PgLease& lease, const FieldSealer& sealer, const std::vector<Row>& rows,
                                    WallTime now) {
    PgArray kinds;
    PgArray indexes;
    for (const Row& row : rows) {
        kinds.text(name_of(row.person->kind));
        indexes.octets(row.number_index);
    }
    PgValues keys;
    keys.push_back(std::move(kinds).value());
    keys.push_back(std::move(indexes).value());
    auto found = co_await lease.run(find_known, std::move(keys));
    if (!found) co_return found.error();
    const KnownPeople known = read_known(*found);

    Batch batch(sealer);
    for (const Row& row : rows) {
        const auto it = known.find({row.person->kind, row.number_index});
        if (it == known.end()) {
            batch.add(row, row.person->id, false);
        } else if (it->second.digest == row.digest) {
            batch.same();
        } else {
            batch.add(row, it->second.id, true);
        }
    }
    const ImportReport report = batch.report();
    const std::int64_t expected = batch.size();
    if (expected == 0) co_return report;
    auto put = co_await lease.run(put_batch, std::move(batch).values(now));
    if (!put) co_return put.error();
    if (put->integer(0, 0) != expected) co_return Errc::conflict;
    co_return report;
}

}  // namespace

PgStorage::Answer<ImportReport> PgStorage::import_people(std::vector<NewPerson> batch, WallTime now) {
    if (!names_each_once(batch)) co_return Errc::bad_request;
    std::vector<Row> rows;
    for (const NewPerson& it : batch) {
        rows.push_back({.person = &it,
                        .number_index = sealer_.index("number", it.kind, it.identity_number),
                        .digest = sealer_.index("import", it.kind, import_text(it))});
    }
    auto lease = co_await database_.lease();
    if (!lease) co_return lease.error();
    (*lease)->set_deadline(batch_deadline);
    for (int attempt = 1;; ++attempt) {
        auto begun = co_await (*lease)->script("BEGIN; SET LOCAL statement_timeout = 50000");
        if (!begun) co_return begun.error();
        auto report = co_await put_once(**lease, sealer_, rows, now);
        if (report) {
            if (auto done = co_await (*lease)->script("COMMIT"); !done) co_return done.error();
            co_return report;
        }
        // Whoever got the number first is found by the next attempt.
        auto undone = co_await (*lease)->script("ROLLBACK");
        if (report.error() != Errc::conflict || attempt == pg_sql::attempts) co_return report.error();
        if (!undone) co_return undone.error();
    }
}

}  // namespace qrgate
