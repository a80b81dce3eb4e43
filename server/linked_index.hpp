// Finds the rows of a table by a hash: linear hashing (Litwin 1980), whose chains go through the rows
// themselves. It grows by one bucket for every two entries: no rehash of everything, no second copy, always
// two octets of its own an entry, and four in the row. `Links` says where an entry keeps its link and what
// its hash is: RowNo& next(RowNo) and std::uint32_t hash(RowNo). One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "server/chunked_table.hpp"
#include "server/own_pages.hpp"

namespace qrgate {

template <class Links>
class LinkedIndex {
public:
    explicit LinkedIndex(Links links) : links_(links) { add_bucket(); }

    void insert(RowNo entry) {
        if (++size_ > buckets_ * entries_a_bucket) split_one();
        RowNo& head = head_of(bucket_of(links_.hash(entry)));
        links_.next(entry) = head;
        head = entry;
    }

    void erase(RowNo entry) {
        RowNo* at = &head_of(bucket_of(links_.hash(entry)));
        while (*at != no_row && *at != entry)
            at = &links_.next(*at);
        if (*at == no_row) return;
        *at = links_.next(entry);
        --size_;
    }

    // The newest entry with that hash of which `is_it` is true; no_row: none.
    template <class IsIt>
    RowNo find(std::uint32_t hash, IsIt is_it) const {
        RowNo entry = (*heads_[bucket_of(hash) / chunk_heads])[bucket_of(hash) % chunk_heads];
        while (entry != no_row && !is_it(entry))
            entry = links_.next(entry);
        return entry;
    }

    std::size_t size() const noexcept { return size_; }
    std::size_t buckets() const noexcept { return buckets_; }
    std::size_t octets() const noexcept { return heads_.size() * sizeof(Heads); }  // of pages

private:
    static constexpr std::size_t entries_a_bucket = 2;
    static constexpr std::uint32_t chunk_heads = 1024;
    using Heads = std::array<RowNo, chunk_heads>;

    RowNo& head_of(std::uint32_t bucket) { return (*heads_[bucket / chunk_heads])[bucket % chunk_heads]; }

    // Buckets below `buckets_ - level_` are split already: they are told apart by one bit more.
    std::uint32_t bucket_of(std::uint32_t hash) const noexcept {
        std::uint32_t bucket = hash & (2 * level_ - 1);
        return bucket < buckets_ ? bucket : hash & (level_ - 1);
    }

    void add_bucket() {
        if (buckets_ % chunk_heads == 0) {
            heads_.push_back(make_on_own_pages<Heads>());
            heads_.back()->fill(no_row);
        }
        ++buckets_;
    }

    void split_one() {
        if (buckets_ == 2 * level_) level_ *= 2;
        RowNo entry = std::exchange(head_of(buckets_ - level_), no_row);
        add_bucket();
        while (entry != no_row) {
            RowNo rest = links_.next(entry);
            RowNo& head = head_of(bucket_of(links_.hash(entry)));
            links_.next(entry) = head;
            head = entry;
            entry = rest;
        }
    }

    Links links_;
    std::vector<OwnPages<Heads>> heads_;
    std::uint32_t buckets_ = 0;
    std::uint32_t level_ = 1;  // the power of two that was filled last
    std::size_t size_ = 0;
};

}  // namespace qrgate
