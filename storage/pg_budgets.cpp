// Budgets: protocol/throttle.hpp's rule in SQL, so that counting is one atomic step. The contract suite
// compares both.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "storage/pg_shared.hpp"
#include "storage/pg_storage.hpp"

namespace qrgate {
namespace {

using pg_sql::sql;

// $1 the charges (JSON), $2 now. Rows that exist are locked in key order, then judged as they are now; when
// one refuses, nothing is written. A row that another connection adds meanwhile makes the plain INSERT fail
// with a unique violation, and with it the whole statement: nothing was counted, and the caller runs it
// again.
constexpr PgStatement spend_budgets{"spend_budgets", sql<R"(
WITH charge AS (
    SELECT decode(key, 'hex') AS key, shape, lim, win * interval '1 second' AS win, first_s, max_s, ceiling
    FROM jsonb_to_recordset($1::jsonb) AS c(key text, shape text, lim bigint, win bigint, first_s bigint,
                                            max_s bigint, ceiling bigint)),
seen AS MATERIALIZED (
    SELECT * FROM budget WHERE key IN (SELECT key FROM charge) ORDER BY key FOR UPDATE),
known AS MATERIALIZED (
    SELECT c.*, s.key IS NOT NULL AS present, f.fresh, s.window_ends,
           CASE WHEN f.fresh THEN 0 ELSE s.used END AS used,
           CASE WHEN f.fresh THEN 'epoch' ELSE s.blocked_until END AS blocked_until
    FROM charge c LEFT JOIN seen s ON s.key = c.key
    CROSS JOIN LATERAL (SELECT s.key IS NULL OR $2::timestamptz >= s.window_ends AS fresh) f),
waits AS (
    SELECT *, CASE WHEN shape = 'backoff' AND used + 1 >= lim
                   THEN $2::timestamptz + interval '1 second' *
                        least(max_s, least(first_s, max_s) * (1::bigint << least(used + 1 - greatest(lim, 1), 30)::int))
                   ELSE 'epoch' END AS next_blocked
    FROM known),
judged AS MATERIALIZED (
    SELECT key, present, used + 1 AS next_used, next_blocked,
           CASE WHEN shape = 'backoff' THEN greatest($2::timestamptz + win, next_blocked)
                WHEN fresh THEN $2::timestamptz + win ELSE window_ends END AS next_ends,
           CASE WHEN shape = 'backoff' THEN CASE WHEN ceiling > 0 AND used >= ceiling THEN window_ends
                                                 WHEN $2::timestamptz < blocked_until THEN blocked_until END
                WHEN fresh AND lim <= 0 THEN $2::timestamptz + win
                WHEN NOT fresh AND used >= lim THEN window_ends END AS refused_until
    FROM waits),
verdict AS MATERIALIZED (
    SELECT max(greatest(ceil(extract(epoch FROM refused_until - $2::timestamptz)), 1))::bigint AS retry_after,
           (array_agg(key ORDER BY refused_until DESC, key))[1] AS key
    FROM judged WHERE refused_until IS NOT NULL),
counted AS (
    UPDATE budget b SET used = j.next_used, window_ends = j.next_ends, blocked_until = j.next_blocked
    FROM judged j, verdict v WHERE b.key = j.key AND j.present AND v.retry_after IS NULL),
added AS (
    INSERT INTO budget (key, used, window_ends, blocked_until)
    SELECT j.key, j.next_used, j.next_ends, j.next_blocked FROM judged j, verdict v
    WHERE NOT j.present AND v.retry_after IS NULL ORDER BY j.key)
SELECT retry_after, key FROM verdict)">};

// $1 the keys (JSON).
constexpr PgStatement forget{"forget_budgets",
                             "DELETE FROM budget WHERE key IN (SELECT decode(k, 'hex') FROM "
                             "jsonb_array_elements_text($1::jsonb) AS k)"};
constexpr PgStatement forget_all{"forget_all_budgets", "DELETE FROM budget"};

std::string charges_text(const std::vector<Charge>& charges) {
    boost::json::array out;
    for (const auto& [key, rule] : charges)
        out.push_back(boost::json::object{
            {"key", hex(key)},
            {"shape", rule.shape == BudgetRule::Shape::window ? "window" : "backoff"},
            {"lim", rule.limit},
            {"win", rule.window.count()},
            {"first_s", rule.first_wait.count()},
            {"max_s", rule.max_wait.count()},
            {"ceiling", rule.ceiling},
        });
    return boost::json::serialize(out);
}

}  // namespace

PgStorage::Answer<std::optional<BudgetRefusal>> PgStorage::spend(std::vector<Charge> charges, WallTime now) {
    const std::string text = charges_text(charges);
    for (int attempt = 0; attempt < pg_sql::attempts; ++attempt) {
        auto rows = co_await database_.submit(spend_budgets, {pg(text), pg(now)});
        if (!rows && rows.error() == Errc::conflict) continue;
        if (!rows) co_return rows.error();
        if (rows->empty()) co_return Errc::internal_error;
        if (rows->is_null(0, 0)) co_return std::optional<BudgetRefusal>();
        co_return std::optional(BudgetRefusal{std::chrono::seconds(rows->integer(0, 0)), rows->digest(0, 1)});
    }
    co_return Errc::busy;
}

PgStorage::Answer<void> PgStorage::forget_budgets(std::vector<Digest> keys) {
    boost::json::array list;
    for (const auto& key : keys)
        list.emplace_back(hex(key));
    auto rows = co_await database_.submit(forget, {pg(boost::json::serialize(list))});
    if (!rows) co_return rows.error();
    co_return Result<void>();
}

PgStorage::Answer<void> PgStorage::forget_all_budgets() {
    auto rows = co_await database_.submit(forget_all, {});
    if (!rows) co_return rows.error();
    co_return Result<void>();
}

}  // namespace qrgate
