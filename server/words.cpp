#include "server/words.hpp"

#include <functional>

namespace qrgate {

std::uint32_t Words::hash_of(std::string_view text) noexcept {
    return static_cast<std::uint32_t>(std::hash<std::string_view>{}(text));
}

RowNo Words::find(std::string_view text) const {
    return index_.find(hash_of(text), [&](RowNo word) { return rows_[word].text == text; });
}

RowNo Words::take(std::string_view text) {
    RowNo word = find(text);
    if (word == no_row) {
        word = rows_.add();
        rows_[word].text = text;
        index_.insert(word);
    }
    ++rows_[word].users;
    return word;
}

void Words::drop(RowNo word) {
    if (--rows_[word].users != 0) return;
    index_.erase(word);
    rows_.remove(word);
}

std::uint32_t Words::users(std::string_view text) const {
    RowNo word = find(text);
    return word == no_row ? 0 : rows_[word].users;
}

}  // namespace qrgate
