// A coarse timer wheel: 512 slots of a quarter second, whose lists go through the rows themselves, so that a
// row is in it once and can be taken out. `Rows` says where a row keeps its links and when it is due:
// WheelLinks& links(RowNo) and Moment due(RowNo). Owned by the waiting room; I/O thread. Time is given; it
// may jump forward by any amount, and backward. The invariant: who makes a row due earlier calls put again;
// one that became due later is found and put where it belongs.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/chunked_table.hpp"
#include "server/room_time.hpp"

namespace qrgate {

struct WheelLinks {
    RowNo next = no_row;  // a row, or slot_mark | slot: the end of the list
    RowNo former = no_row;
};

template <class Rows>
class TimerWheel {
public:
    TimerWheel(Rows rows, Moment now) : rows_(rows), last_(tick_of(now)) {
        for (std::uint32_t slot = 0; slot < slots; ++slot)
            heads_[slot] = {slot_mark | slot, slot_mark | slot};
    }

    // Moves it when it is in already.
    void put(RowNo row) {
        take(row);
        // What is due before the newest looked-at tick would wait a whole turn in its own slot.
        link(row, std::max(tick_of(rows_.due(row)), last_) % slots);
        ++size_;
    }

    void take(RowNo row) {
        WheelLinks& own = rows_.links(row);
        if (own.next == no_row) return;
        at(own.former).next = own.next;
        at(own.next).former = own.former;
        own = {};
        --size_;
    }

    // How many rows have come due. As dear as looking at all of their slots.
    std::size_t count_due(Moment now) {
        std::size_t count = 0;
        for (std::int64_t slot = first_slot(now); slot <= tick_of(now); ++slot)
            for (RowNo row = heads_[index(slot)].next; (row & slot_mark) == 0; row = rows_.links(row).next)
                count += rows_.due(row) <= now ? 1 : 0;
        return count;
    }

    // Moves out up to `most` rows whose time has come, earliest slot first. False: there are more.
    bool take_due(Moment now, std::size_t most, std::vector<RowNo>& out) {
        const std::int64_t tick = tick_of(now);
        for (std::int64_t slot = first_slot(now); slot <= tick; ++slot) {
            if (take_slot(index(slot), now, most, out)) continue;
            last_ = slot;
            return false;
        }
        last_ = tick;
        return true;
    }

    std::size_t size() const noexcept { return size_; }

private:
    static constexpr std::int64_t slots = 512;
    static constexpr RowNo slot_mark = 0x80000000;
    static constexpr Moment moments_a_tick = 4;

    static std::int64_t tick_of(Moment moment) noexcept { return moment / moments_a_tick; }
    static std::uint32_t index(std::int64_t slot) noexcept {
        return static_cast<std::uint32_t>((slot + slots) % slots);
    }
    // After a step backward rows put in under the later time may lie in any slot: look at all.
    std::int64_t first_slot(Moment now) const noexcept {
        const std::int64_t tick = tick_of(now);
        return tick < last_ ? tick - (slots - 1) : std::max(last_, tick - (slots - 1));
    }
    WheelLinks& at(RowNo number) {
        return (number & slot_mark) != 0 ? heads_[number & ~slot_mark] : rows_.links(number);
    }

    void link(RowNo row, std::int64_t slot) {
        const RowNo head = slot_mark | static_cast<RowNo>(slot);
        const RowNo first = at(head).next;
        rows_.links(row) = {first, head};
        at(first).former = row;
        at(head).next = row;
    }

    bool take_slot(std::uint32_t slot, Moment now, std::size_t most, std::vector<RowNo>& out) {
        for (RowNo row = heads_[slot].next; (row & slot_mark) == 0;) {
            const RowNo next = rows_.links(row).next;
            const Moment due = rows_.due(row);
            if (due <= now) {
                if (out.size() >= most) return false;
                take(row);
                out.push_back(row);
            } else if (tick_of(due) % slots != slot && tick_of(due) > tick_of(now)) {
                put(row);
            }
            row = next;
        }
        return true;
    }

    Rows rows_;
    std::array<WheelLinks, slots> heads_;
    std::int64_t last_;  // the newest tick that was looked at; it is looked at again
    std::size_t size_ = 0;
};

}  // namespace qrgate
