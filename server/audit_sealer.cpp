#include "server/audit_sealer.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>

#include "server/audit_anchor.hpp"
#include "server/clock.hpp"
#include "server/due.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "storage/audit_ledger.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::seconds round_time{1};
constexpr int rows_a_seal = 2000;
constexpr int seals_a_round = 10;
constexpr std::chrono::hours between_retirements{1};
constexpr int seals_a_retirement = 5;
constexpr int retirements_a_round = 20;
// Whoever keeps logs elsewhere has the chain's end there too.
constexpr std::chrono::minutes between_lines{10};

}  // namespace

AuditSealer::AuditSealer(const Executor& executor, AuditLedger& ledger, const Clock& clock, Log& log,
                         Metrics& metrics, AuditSealerOptions options)
    : ledger_(ledger),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      options_(std::move(options)),
      bell_(executor) {}

AuditSealer::~AuditSealer() {
    wipe(options_.key);
}

Task<void> AuditSealer::run() {
    while (!stopped_) {
        co_await round();
        if (stopped_) break;
        bell_.expires_after(round_time);
        co_await bell_.async_wait(asio::as_tuple(use_task));
    }
    // What was written meanwhile; without a database this ends with its deadline.
    if (!failing_) co_await seal_what_is_ready();
}

void AuditSealer::stop() {
    stopped_ = true;
    bell_.cancel();
}

Task<void> AuditSealer::round() {
    co_await seal_what_is_ready();
    if (!failing_) co_await retire_sometimes();
}

Task<void> AuditSealer::seal_what_is_ready() {
    for (int seals = 0; seals < seals_a_round; ++seals) {
        auto round = co_await ledger_.seal(options_.key, clock_.now(), rows_a_seal);
        note_failure(round ? std::nullopt : std::optional(round.error()));
        if (!round) co_return;
        compare_with_anchor(*round);
        if (round->made) tell(*round->made);
        const auto age = round->oldest_waiting ? clock_.now() - *round->oldest_waiting : WallTime::duration{};
        metrics_.set_audit_waiting(static_cast<std::size_t>(round->waiting),
                                   std::max(age, WallTime::duration{}));
        if (!round->made || round->made->rows < rows_a_seal) co_return;
    }
}

// Before the first seal of this process: a chain that ends before what this node has seen was cut off, or the
// database was put back to an older state. Sealing goes on, and the anchor stays for `qrgate audit verify`.
void AuditSealer::compare_with_anchor(const SealRound& round) {
    if (compared_) return;
    compared_ = true;
    const auto anchor = read_audit_anchor(options_.anchor_file);
    if (!anchor) return;
    // The seal that was the newest when this round began.
    const std::int64_t made = round.made ? 1 : 0;
    const std::int64_t newest = round.newest ? round.newest->seal - made : 0;
    anchor_is_ahead_ = anchor->seal > newest;
    if (anchor_is_ahead_) log_.error("audit_chain_cut", {{"seal", newest}, {"seen", anchor->seal}});
}

void AuditSealer::tell(const AuditSeal& made) {
    metrics_.audit_sealed(static_cast<std::size_t>(made.rows));
    if (!options_.anchor_file.empty() && !anchor_is_ahead_)
        write_audit_anchor(options_.anchor_file, {made.seal, made.digest, made.sealed_at});
    rows_since_line_ += made.rows;
    if (!is_due(made.sealed_at, next_line_, between_lines)) return;
    next_line_ = made.sealed_at + between_lines;
    log_.info("audit_sealed",
              {{"seal", made.seal}, {"rows", rows_since_line_}, {"digest", hex(made.digest)}});
    rows_since_line_ = 0;
}

Task<void> AuditSealer::retire_sometimes() {
    const WallTime now = clock_.now();
    if (!is_due(now, next_retirement_, between_retirements)) co_return;
    std::int64_t gone = 0;
    for (int i = 0; i < retirements_a_round; ++i) {
        auto some = co_await ledger_.retire(now - options_.keep, seals_a_retirement);
        note_failure(some ? std::nullopt : std::optional(some.error()));
        if (!some) co_return;
        gone += *some;
        if (*some > 0) continue;
        next_retirement_ = now + between_retirements;
        break;
    }
    if (gone > 0) log_.info("audit_retired", {{"rows", gone}});
}

void AuditSealer::note_failure(std::optional<Errc> failure) {
    if (failure.has_value() == failing_) return;
    failing_ = failure.has_value();
    if (failing_) {
        log_.warn("audit_sealing_late", {{"code", info(*failure).code}});
    } else {
        log_.info("audit_sealing_back");
    }
}

}  // namespace qrgate
