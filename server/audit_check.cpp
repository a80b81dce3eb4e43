#include "server/audit_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int rows_a_page = 2000;
constexpr int seals_a_page = 200;
constexpr int attempts = 3;
constexpr std::size_t mark_size = 16;
constexpr std::chrono::days least_kept{180};

struct Walk {
    AuditLedger& ledger;
    AuditCheck check;
    AuditVerdict verdict = {};
    // The seal before the next one; seal 0: the very beginning.
    AuditSeal before = {};

    ~Walk() { wipe(check.key); }
    void fault(std::string text) {
        ++verdict.fault_count;
        if (verdict.faults.size() < AuditVerdict::faults_told) verdict.faults.push_back(std::move(text));
    }
};

bool has_right_mac(const Walk& walk, const AuditSeal& seal) {
    return equal_in_constant_time(seal_mac(walk.check.key, seal), seal.mac);
}

std::int64_t number_of(ByteView mark) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i)
        number = number << 8U | mark[i];
    return static_cast<std::int64_t>(number);
}

// Which rows differ from what the seal remembers of each.
void name_rows(Walk& walk, const AuditSeal& seal, const Bytes& found) {
    std::map<std::int64_t, ByteView> sealed;
    const ByteView marks = seal.marks;
    for (std::size_t at = 0; at + mark_size <= marks.size(); at += mark_size)
        sealed.emplace(number_of(marks.subspan(at)), marks.subspan(at, mark_size));
    const std::int64_t faults = walk.verdict.fault_count;
    const ByteView now = found;
    for (std::size_t at = 0; at + mark_size <= now.size(); at += mark_size) {
        const ByteView mark = now.subspan(at, mark_size);
        const auto known = sealed.find(number_of(mark));
        if (known == sealed.end()) {
            walk.fault(
                fmt::format("row {} was put in later: seal {} does not know it", number_of(mark), seal.seal));
            continue;
        }
        if (!std::ranges::equal(known->second, mark))
            walk.fault(fmt::format("row {} was changed after seal {}", number_of(mark), seal.seal));
        sealed.erase(known);
    }
    for (const auto& [number, mark] : sealed)
        walk.fault(fmt::format("row {} is missing: seal {} covers it", number, seal.seal));
    if (faults == walk.verdict.fault_count)
        walk.fault(fmt::format("seal {} does not fit its rows and the seal before it", seal.seal));
}

Task<Result<void>> check_seal(Walk& walk, ChainReader& reader, const AuditSeal& seal) {
    if (seal.seal != walk.before.seal + 1)
        walk.fault(fmt::format("after seal {} comes seal {}: what was between is missing", walk.before.seal,
                               seal.seal));
    std::vector<Digest> digests;
    Bytes marks;
    for (;;) {
        auto row = co_await reader.next(seal.last);
        if (!row) co_return row.error();
        if (!*row) break;
        digests.push_back(row_digest(**row));
        const Bytes mark = row_mark(**row, digests.back());
        marks.insert(marks.end(), mark.begin(), mark.end());
    }
    if (!has_right_mac(walk, seal))
        walk.fault(fmt::format("seal {} was not made with this installation's key", seal.seal));
    const bool follows = seal.seal == walk.before.seal + 1;
    const bool fits = seal_digest(walk.before.digest, seal, digests) == seal.digest;
    if (marks != seal.marks || (follows && !fits)) name_rows(walk, seal, marks);
    walk.verdict.rows += static_cast<std::int64_t>(digests.size());
    ++walk.verdict.seals;
    if (!walk.verdict.first) walk.verdict.first = seal;
    walk.verdict.last = seal;
    walk.before = seal;
    co_return Result<void>();
}

Task<Result<std::optional<AuditSeal>>> seal_of(Walk& walk, std::int64_t number) {
    auto seals = co_await walk.ledger.seals(number, 1);
    if (!seals) co_return seals.error();
    if (seals->empty() || seals->front().seal != number) co_return std::optional<AuditSeal>();
    co_return std::optional<AuditSeal>(std::move(seals->front()));
}

// Where retention has let rows go, the last seal of them is the beginning.
Task<Result<void>> find_start(Walk& walk) {
    auto start = co_await walk.ledger.start();
    if (!start) co_return start.error();
    if (*start == 0) co_return Result<void>();
    auto seal = co_await seal_of(walk, *start);
    if (!seal) co_return seal.error();
    if (!*seal) {
        walk.fault(fmt::format("seal {}, where the chain begins, is missing", *start));
        walk.before.seal = *start;
        co_return Result<void>();
    }
    walk.before = std::move(**seal);
    if (!has_right_mac(walk, walk.before))
        walk.fault(fmt::format("seal {}, where the chain begins, was not made with this installation's key",
                               *start));
    if (walk.before.sealed_at > walk.check.now - least_kept)
        walk.fault(fmt::format("rows up to seal {} of {} are gone, though they were to be kept", *start,
                               format_time(walk.before.sealed_at)));
    auto left = co_await walk.ledger.rows_up_to(walk.before.last);
    if (!left) co_return left.error();
    if (*left > 0) walk.fault(fmt::format("{} rows stand before the beginning of the chain", *left));
    co_return Result<void>();
}

Task<Result<void>> skip_to(Walk& walk, WallTime from) {
    auto seal = co_await walk.ledger.last_seal_before(from);
    if (!seal) co_return seal.error();
    if (!*seal || (*seal)->seal <= walk.before.seal) co_return Result<void>();
    walk.before = std::move(**seal);
    if (!has_right_mac(walk, walk.before))
        walk.fault(fmt::format("seal {} was not made with this installation's key", walk.before.seal));
    co_return Result<void>();
}

Task<Result<void>> check_end(Walk& walk, ChainReader& reader) {
    reader.reach(end_of_chain);
    for (;;) {
        auto row = co_await reader.next(end_of_chain);
        if (!row) co_return row.error();
        if (!*row) break;
        ++walk.verdict.unsealed;
    }
    if (!walk.check.anchor) co_return Result<void>();
    const AuditAnchor& anchor = *walk.check.anchor;
    if (anchor.seal > walk.before.seal) {
        walk.fault(
            fmt::format("the chain ends at seal {}, and this node has seen seal {} of {}: its end was "
                        "cut off, or the database was put back",
                        walk.before.seal, anchor.seal, format_time(anchor.sealed_at)));
        co_return Result<void>();
    }
    auto seen = co_await seal_of(walk, anchor.seal);
    if (!seen) co_return seen.error();
    if (*seen && (*seen)->digest != anchor.digest)
        walk.fault(
            fmt::format("seal {} is not the one this node has seen: the chain was made anew", anchor.seal));
    co_return Result<void>();
}

}  // namespace

Task<Result<std::optional<ChainRow>>> ChainReader::next(ChainPlace last) {
    if (at_ == page_.size() && after_ < bound_) {
        auto page = co_await ledger_.rows(after_, bound_, rows_a_page);
        if (!page) co_return page.error();
        page_ = std::move(*page);
        at_ = 0;
        after_ = page_.size() < rows_a_page ? bound_ : page_.back().place;
    }
    if (at_ == page_.size() || page_[at_].place > last) co_return std::optional<ChainRow>();
    co_return std::optional<ChainRow>(std::move(page_[at_++]));
}

namespace {

Task<Result<AuditVerdict>> check_once(AuditLedger& ledger, AuditCheck check) {
    Walk walk{.ledger = ledger, .check = check};
    if (auto found = co_await find_start(walk); !found) co_return found.error();
    if (check.from)
        if (auto skipped = co_await skip_to(walk, *check.from); !skipped) co_return skipped.error();
    ChainReader reader(ledger, walk.before.last);
    bool done = false;
    while (!done) {
        auto seals = co_await ledger.seals(walk.before.seal + 1, seals_a_page);
        if (!seals) co_return seals.error();
        done = seals->empty();
        if (!done) reader.reach(seals->back().last);
        for (const AuditSeal& seal : *seals) {
            if (check.to && seal.sealed_at > *check.to) co_return std::move(walk.verdict);
            auto checked = co_await check_seal(walk, reader, seal);
            if (!checked) co_return checked.error();
        }
    }
    auto ended = co_await check_end(walk, reader);
    if (!ended) co_return ended.error();
    co_return std::move(walk.verdict);
}

}  // namespace

Task<Result<AuditVerdict>> check_audit(AuditLedger& ledger, AuditCheck check) {
    for (int attempt = 1;; ++attempt) {
        auto before = co_await ledger.start();
        if (!before) co_return before.error();
        auto verdict = co_await check_once(ledger, check);
        if (!verdict) co_return verdict.error();
        auto after = co_await ledger.start();
        if (!after) co_return after.error();
        // Rows that retention let go meanwhile are no fault.
        if (verdict->right() || *before == *after || attempt == attempts) {
            wipe(check.key);
            co_return std::move(*verdict);
        }
    }
}

}  // namespace qrgate
