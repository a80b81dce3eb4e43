// Pre-sessions whose wait is over, for half a minute each: a stream or poll that comes back after its close
// has nothing to wait for. Owned by the waiting room; I/O thread. 50 octets each.
#pragma once

#include <cstring>

#include "protocol/bytes.hpp"
#include "server/chunked_table.hpp"
#include "server/linked_index.hpp"
#include "server/room_time.hpp"

namespace qrgate {

class WaitEnds {
public:
    WaitEnds() : index_(Links{&rows_}) {}
    WaitEnds(const WaitEnds&) = delete;
    WaitEnds& operator=(const WaitEnds&) = delete;

    // `until` never before that of the last one put.
    void put(const Digest& whose, Moment until) {
        remove(whose);
        const RowNo row = rows_.add();
        rows_[row].whose = whose;
        rows_[row].until = until;
        rows_[row].before = newest_;
        (newest_ == no_row ? oldest_ : rows_[newest_].after) = row;
        newest_ = row;
        index_.insert(row);
    }
    void remove(const Digest& whose) {
        if (const RowNo row = find(whose); row != no_row) forget(row);
    }
    bool contains(const Digest& whose) const { return find(whose) != no_row; }
    void look(Moment now) {
        while (oldest_ != no_row && rows_[oldest_].until <= now)
            forget(oldest_);
    }
    std::size_t size() const noexcept { return rows_.size(); }

private:
    struct End {
        Digest whose{};
        Moment until = 0;
        RowNo next = no_row;
        RowNo before = no_row;
        RowNo after = no_row;
    };
    using Rows = ChunkedTable<End, &End::next>;
    // A digest's first octets are as good as any hash of it; here nobody gains by sharing a bucket.
    static std::uint32_t hash_of(const Digest& whose) noexcept {
        std::uint32_t hash = 0;
        std::memcpy(&hash, whose.data(), sizeof hash);
        return hash;
    }
    struct Links {
        Rows* rows;
        RowNo& next(RowNo row) const { return (*rows)[row].next; }
        std::uint32_t hash(RowNo row) const { return hash_of((*rows)[row].whose); }
    };
    RowNo find(const Digest& whose) const {
        return index_.find(hash_of(whose), [&](RowNo row) { return rows_[row].whose == whose; });
    }
    void forget(RowNo row) {
        index_.erase(row);
        const End end = rows_[row];
        (end.before == no_row ? oldest_ : rows_[end.before].after) = end.after;
        (end.after == no_row ? newest_ : rows_[end.after].before) = end.before;
        rows_.remove(row);
    }

    Rows rows_;
    LinkedIndex<Links> index_;
    RowNo oldest_ = no_row;
    RowNo newest_ = no_row;
};

}  // namespace qrgate
