#include "server/captcha.hpp"

#include <algorithm>

namespace qrgate {

namespace {

// Without 0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V, G 6 as pairs that bent letters make alike; W is too wide.
constexpr std::string_view letters = "34679ACDEFHJKMNPRTUXY";
constexpr std::size_t length = 4;

char upper(char letter) noexcept {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_answer(std::string_view typed, std::string_view right) noexcept {
    typed = trimmed(typed);
    return std::equal(typed.begin(), typed.end(), right.begin(), right.end(),
                      [](char a, char b) { return upper(a) == b; });
}

}  // namespace

std::size_t Captchas::HashDigest::operator()(const Digest& digest) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Captchas::Captchas(char node, std::chrono::seconds life, std::size_t limit, Random& random)
    : node_(node), life_(life), limit_(std::max<std::size_t>(limit, 1)), random_(random) {}

DrawnCaptcha Captchas::make(Digest holder, WallTime now) {
    // All live equally long, so the oldest are the first to be over.
    while (!rows_.empty() && (rows_.front().ends <= now || rows_.size() >= limit_))
        forget(rows_.begin());

    Row row{
        .id = node_ + base64url(random_.bytes<16>()), .answer = {}, .holder = holder, .ends = now + life_};
    for (std::size_t i = 0; i < length; ++i)
        row.answer += letters[random_.below(static_cast<std::uint32_t>(letters.size()))];
    DrawnCaptcha drawn{.id = row.id, .png = draw_captcha(row.answer, random_)};
    rows_.push_back(std::move(row));
    by_id_[drawn.id] = std::prev(rows_.end());
    newest_[holder] = std::prev(rows_.end());
    return drawn;
}

bool Captchas::take(std::string_view id, const Digest& holder, std::string_view answer, WallTime now) {
    std::list<Row>::iterator row;
    if (id.empty()) {
        const auto found = newest_.find(holder);
        if (found == newest_.end()) return false;
        row = found->second;
    } else {
        const auto found = by_id_.find(std::string(id));
        // Another holder's stays: nobody uses up what is not theirs.
        if (found == by_id_.end() || found->second->holder != holder) return false;
        row = found->second;
    }
    const bool right = now < row->ends && is_answer(answer, row->answer);
    forget(row);
    return right;
}

std::optional<std::string> Captchas::answer_of(std::string_view id) const {
    const auto found = by_id_.find(std::string(id));
    if (found == by_id_.end()) return std::nullopt;
    return found->second->answer;
}

std::size_t Captchas::size() const noexcept {
    return rows_.size();
}

void Captchas::forget(std::list<Row>::iterator row) {
    const auto newest = newest_.find(row->holder);
    if (newest != newest_.end() && newest->second == row) newest_.erase(newest);
    by_id_.erase(row->id);
    rows_.erase(row);
}

}  // namespace qrgate
