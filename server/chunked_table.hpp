// Rows under numbers that stay, in chunks of a thousand: growing copies nothing and costs no allocation a
// row. A number is used again after its row went; who keeps one longer than the row lives must know by
// itself. Memory is kept for the next crowd. `free_link` is a member of the row that is used while the row is
// vacant. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/own_pages.hpp"

namespace qrgate {

using RowNo = std::uint32_t;
inline constexpr RowNo no_row = 0xffffffff;

template <class Row, RowNo Row::* free_link>
class ChunkedTable {
public:
    // A row as its default constructor makes it.
    RowNo add() {
        RowNo number = first_free_;
        if (number == no_row) {
            number = end_;
            if (number % chunk_rows == 0) chunks_.push_back(make_on_own_pages<Chunk>());
            ++end_;
        } else {
            first_free_ = (*this)[number].*free_link;
        }
        (*this)[number] = Row{};
        ++size_;
        return number;
    }

    void remove(RowNo number) {
        (*this)[number] = Row{};
        (*this)[number].*free_link = first_free_;
        first_free_ = number;
        --size_;
    }

    Row& operator[](RowNo number) noexcept { return (*chunks_[number / chunk_rows])[number % chunk_rows]; }
    const Row& operator[](RowNo number) const noexcept {
        return (*chunks_[number / chunk_rows])[number % chunk_rows];
    }

    std::size_t size() const noexcept { return size_; }
    RowNo end() const noexcept { return end_; }  // all numbers, also vacant ones, are below
    std::size_t octets() const noexcept { return chunks_.size() * sizeof(Chunk); }  // of pages

private:
    static constexpr RowNo chunk_rows = 1024;
    using Chunk = std::array<Row, chunk_rows>;

    std::vector<OwnPages<Chunk>> chunks_;
    RowNo first_free_ = no_row;
    RowNo end_ = 0;
    std::size_t size_ = 0;
};

}  // namespace qrgate
