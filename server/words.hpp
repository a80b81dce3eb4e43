// Words that many seats share (addresses; browser, system and place): each is kept once, with the number of
// its users, and goes with the last of them. Owned by the seat table; I/O thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/chunked_table.hpp"
#include "server/linked_index.hpp"

namespace qrgate {

class Words {
public:
    Words() : index_(Links{&rows_}) {}
    Words(const Words&) = delete;
    Words& operator=(const Words&) = delete;

    RowNo take(std::string_view text);  // one user more
    void drop(RowNo word);              // one user less
    const std::string& text(RowNo word) const { return rows_[word].text; }
    std::uint32_t users(std::string_view text) const;
    std::size_t size() const noexcept { return rows_.size(); }

private:
    struct Word {
        std::string text = {};
        std::uint32_t users = 0;
        RowNo next = no_row;
    };
    using Rows = ChunkedTable<Word, &Word::next>;
    static std::uint32_t hash_of(std::string_view text) noexcept;
    struct Links {
        Rows* rows;
        RowNo& next(RowNo word) const { return (*rows)[word].next; }
        std::uint32_t hash(RowNo word) const { return hash_of((*rows)[word].text); }
    };
    RowNo find(std::string_view text) const;

    Rows rows_;
    LinkedIndex<Links> index_;
};

}  // namespace qrgate
