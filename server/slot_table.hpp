// Rows under ids that are never used twice: a slot's number and its generation. Looking up an id whose row is
// gone finds nothing, so stale ids (in an epoll event, in a timer wheel) are harmless. References live until
// erase. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace qrgate {

template <class Row>
class SlotTable {
public:
    using Id = std::uint64_t;  // 0: nobody

    template <class... Arguments>
    Id emplace(Arguments&&... arguments) {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(slots_.size()));
            slots_.emplace_back();
        }
        std::uint32_t at = free_.back();
        slots_[at].row = std::make_unique<Row>(std::forward<Arguments>(arguments)...);
        free_.pop_back();
        return std::uint64_t{slots_[at].generation} << 32 | at;
    }

    Row* find(Id id) noexcept {
        auto at = static_cast<std::uint32_t>(id);
        if (at >= slots_.size() || slots_[at].generation != id >> 32) return nullptr;
        return slots_[at].row.get();
    }

    void erase(Id id) {
        if (!find(id)) return;
        auto at = static_cast<std::uint32_t>(id);
        auto row = std::move(slots_[at].row);
        ++slots_[at].generation;
        free_.push_back(at);
    }

    std::vector<Id> ids() const {
        std::vector<Id> out;
        for (std::size_t at = 0; at < slots_.size(); ++at)
            if (slots_[at].row) out.push_back(std::uint64_t{slots_[at].generation} << 32 | at);
        return out;
    }

    std::size_t size() const noexcept { return slots_.size() - free_.size(); }

private:
    struct Slot {
        std::unique_ptr<Row> row = {};
        std::uint32_t generation = 1;
    };
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
};

}  // namespace qrgate
