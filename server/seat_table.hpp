// All seats: their rows, the three ways to find one (pre-session, code, short code), the words they share,
// and the wheel that says whose time has come. Owned by the waiting room; I/O thread. 144 octets a seat in
// all, also while it grows: nothing here is copied into something twice as large. The invariant: codes are in
// the index exactly while `index_codes` says so; who changes a row's codes calls `unindex_codes` before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/chunked_table.hpp"
#include "server/linked_index.hpp"
#include "server/seat_row.hpp"
#include "server/timer_wheel.hpp"
#include "server/waiting_room.hpp"
#include "server/words.hpp"

namespace qrgate {

class SeatTable {
public:
    // `seed` keeps strangers from choosing who shares a bucket.
    SeatTable(const TokenRing& ring, const RoomTime& time, std::uint32_t seed, WallTime now);
    SeatTable(const SeatTable&) = delete;
    SeatTable& operator=(const SeatTable&) = delete;

    RowNo add(const Visitor& visitor);
    void remove(RowNo seat);
    SeatRow& operator[](RowNo seat) noexcept { return rows_[seat]; }
    const SeatRow& operator[](RowNo seat) const noexcept { return rows_[seat]; }
    std::size_t size() const noexcept { return rows_.size(); }
    RowNo end() const noexcept { return rows_.end(); }
    // Of the pages that hold rows and indexes; what seats share (addresses, browsers) is on the heap.
    std::size_t octets() const noexcept {
        return rows_.octets() + by_pre_session_.octets() + by_code_.octets() + by_short_code_.octets();
    }

    // no_row: none.
    RowNo find(const Digest& pre_session_hash) const;
    RowNo find_code(std::string_view token_or_short_code) const;
    RowNo find_short_code(std::string_view normal) const;
    bool is_of(RowNo seat, std::string_view short_code) const;
    // By another seat, while this one's codes are not in the index.
    bool is_short_code_taken(RowNo seat) const { return find_packed(rows_[seat].short_code) != no_row; }

    void index_codes(RowNo seat);
    void unindex_codes(RowNo seat);
    // A ticket of another node's or key's token, or of a seat that began with it.
    void put_elsewhere(RowNo seat, const std::string& token);
    const std::string& elsewhere(RowNo seat) const { return elsewhere_.at(seat); }

    Visitor visitor(RowNo seat) const;
    void set_visitor(RowNo seat, const Visitor& visitor);  // of the same pre-session
    std::size_t seats_of(std::string_view address) const { return addresses_.users(address); }

    // Puts the seat where the wheel finds it when it is due.
    void schedule(RowNo seat) { wheel_.put(seat); }
    std::size_t count_due(Moment now) { return wheel_.count_due(now); }
    bool take_due(Moment now, std::size_t most, std::vector<RowNo>& out) {
        return wheel_.take_due(now, most, out);
    }

private:
    using Rows = ChunkedTable<SeatRow, &SeatRow::next_of_pre_session>;
    struct PreSessionLinks {
        Rows* rows;
        std::uint32_t seed;
        RowNo& next(RowNo seat) const { return (*rows)[seat].next_of_pre_session; }
        std::uint32_t hash(RowNo seat) const;
    };
    // Entries: twice the seat's number for its code, and one more for the former code.
    struct CodeLinks {
        Rows* rows;
        RowNo& next(RowNo entry) const {
            SeatRow& row = (*rows)[entry / 2];
            return entry % 2 == 0 ? row.next_of_code : row.next_of_former;
        }
        std::uint32_t hash(RowNo entry) const;
    };
    struct ShortCodeLinks {
        Rows* rows;
        std::uint32_t seed;
        RowNo& next(RowNo seat) const { return (*rows)[seat].next_of_short_code; }
        std::uint32_t hash(RowNo seat) const;
    };
    struct WheelRows {
        Rows* rows;
        WheelLinks& links(RowNo seat) const { return (*rows)[seat].wheel; }
        Moment due(RowNo seat) const;
    };
    RowNo find_packed(const PackedShortCode& packed) const;
    void take_words(RowNo seat, const Visitor& visitor);
    void drop_elsewhere(RowNo seat);

    const TokenRing& ring_;
    const RoomTime& time_;
    std::uint32_t seed_;
    Rows rows_;
    LinkedIndex<PreSessionLinks> by_pre_session_;
    LinkedIndex<CodeLinks> by_code_;
    LinkedIndex<ShortCodeLinks> by_short_code_;
    TimerWheel<WheelRows> wheel_;
    Words addresses_ = {};
    Words browsers_ = {};
    std::unordered_map<RowNo, std::string> elsewhere_ = {};
    std::unordered_map<std::string, RowNo> by_elsewhere_ = {};
};

}  // namespace qrgate
