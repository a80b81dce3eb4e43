// A ledger in memory: sealed as storage/audit_chain.hpp says, and open to whoever wants to bend it. One
// thread.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "storage/audit_ledger.hpp"

namespace qrgate::tests {

class FakeLedger final : public AuditLedger {
public:
    void happens(std::string event, std::optional<std::string> person = std::nullopt, WallTime at = {}) {
        ChainRow it;
        it.place = {100 + static_cast<std::int64_t>(rows_.size()),
                    1 + static_cast<std::int64_t>(rows_.size())};
        it.row.number = it.place.number;
        it.row.event = {.event = std::move(event), .outcome = "ok", .person_id = std::move(person), .at = at};
        rows_.push_back(std::move(it));
    }

    Answer<SealRound> seal(Digest key, WallTime now, int most) override {
        ++calls;
        if (failing) co_return *failing;
        SealRound round;
        round.held_elsewhere = held_elsewhere;
        if (!seals_.empty()) round.newest = seals_.back();
        const ChainPlace behind = round.newest ? round.newest->last : ChainPlace{};
        AuditSeal next{.seal = round.newest ? round.newest->seal + 1 : 1, .sealed_at = now};
        std::vector<Digest> digests;
        for (const ChainRow& row : rows_) {
            if (held_elsewhere || row.place <= behind || next.rows == most) continue;
            digests.push_back(row_digest(row));
            const Bytes mark = row_mark(row, digests.back());
            next.marks.insert(next.marks.end(), mark.begin(), mark.end());
            next.last = row.place;
            ++next.rows;
        }
        if (next.rows > 0) {
            next.digest = seal_digest(round.newest ? round.newest->digest : Digest{}, next, digests);
            next.mac = seal_mac(key, next);
            seals_.push_back(next);
            round.made = next;
            round.newest = next;
        }
        const ChainPlace end = round.newest ? round.newest->last : ChainPlace{};
        for (const ChainRow& row : rows_) {
            if (row.place <= end) continue;
            ++round.waiting;
            if (!round.oldest_waiting) round.oldest_waiting = row.row.event.at;
        }
        co_return round;
    }
    Answer<std::int64_t> start() override { co_return start_; }
    Answer<std::vector<AuditSeal>> seals(std::int64_t first, int limit) override {
        std::vector<AuditSeal> out;
        for (const AuditSeal& seal : seals_)
            if (seal.seal >= first && out.size() < static_cast<std::size_t>(limit)) out.push_back(seal);
        co_return out;
    }
    Answer<std::optional<AuditSeal>> last_seal_before(WallTime at) override {
        std::optional<AuditSeal> found;
        for (const AuditSeal& seal : seals_)
            if (seal.sealed_at < at) found = seal;
        co_return found;
    }
    Answer<std::vector<ChainRow>> rows(ChainPlace after, ChainPlace last, int limit) override {
        std::vector<ChainRow> out;
        for (const ChainRow& row : rows_)
            if (row.place > after && row.place <= last && out.size() < static_cast<std::size_t>(limit))
                out.push_back(row);
        co_return out;
    }
    Answer<std::int64_t> rows_up_to(ChainPlace place) override {
        co_return std::ranges::count_if(rows_, [&](const ChainRow& row) { return row.place <= place; });
    }
    Answer<std::int64_t> retire(WallTime made_before, int) override {
        ++retirements;
        retired_before = made_before;
        if (failing) co_return *failing;
        co_return std::int64_t{0};
    }

    // Of seal `number`: rows and older seals go, as retention lets them go.
    void let_go(std::int64_t number) {
        const auto ends = std::ranges::find(seals_, number, &AuditSeal::seal);
        std::erase_if(rows_, [&](const ChainRow& row) { return row.place <= ends->last; });
        std::erase_if(seals_, [&](const AuditSeal& seal) { return seal.seal < number; });
        start_ = number;
    }

    std::vector<ChainRow> rows_ = {};
    std::vector<AuditSeal> seals_ = {};
    std::int64_t start_ = 0;
    std::optional<Errc> failing = {};
    bool held_elsewhere = false;
    int calls = 0;
    int retirements = 0;
    WallTime retired_before{};
};

}  // namespace qrgate::tests
