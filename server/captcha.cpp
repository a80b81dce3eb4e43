#include "server/captcha.hpp"

#include <algorithm>

namespace qrgate {

namespace {

// Without 0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V, G 6 as pairs that bent letters make alike; W is too wide.
constexpr std::string_view letters = "34679ACDEFHJKMNPRTUXY";
constexpr std::size_t length = 4;

constexpr std::size_t digit_count = 6;
constexpr std::string_view wide_space = "\u3000";

// Upper case, without spaces, full-width characters as their narrow ones: what an input method makes of it.
std::string folded(std::string_view typed) {
    std::string plain;
    for (std::size_t i = 0; i < typed.size(); ++i) {
        auto octet = static_cast<unsigned char>(typed[i]);
        if (typed.substr(i).starts_with(wide_space)) {
            i += 2;
            continue;
        }
        // U+FF01 to U+FF5E are EF BC 81 to EF BD 9E.
        if (octet == 0xEF && i + 2 < typed.size()) {
            const unsigned code = (static_cast<unsigned>(typed[i + 1]) & 0x3FU) << 6U |
                                  (static_cast<unsigned>(typed[i + 2]) & 0x3FU);
            if (code >= 0xF01 && code <= 0xF5E) {
                octet = static_cast<unsigned char>(code - 0xF01 + '!');
                i += 2;
            }
        }
        if (octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n') continue;
        const bool small = octet >= 'a' && octet <= 'z';
        plain += static_cast<char>(small ? octet - 'a' + 'A' : octet);
    }
    return plain;
}

}  // namespace

std::size_t Captchas::HashDigest::operator()(const Digest& digest) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Captchas::Captchas(char node, std::chrono::seconds life, std::size_t limit, Random& random)
    : node_(node), life_(life), limit_(std::max<std::size_t>(limit, 1)), random_(random) {}

DrawnCaptcha Captchas::make(Digest holder, WallTime now, int patience) {
    // The oldest are the first to be over, patient ones aside; those only keep others a little longer.
    while (!rows_.empty() && (rows_.front().ends <= now || rows_.size() >= limit_))
        forget(rows_.begin());

    Row row{.id = node_ + base64url(random_.bytes<16>()),
            .answer = {},
            .digits = {},
            .seed = random_.bytes<32>(),
            .holder = holder,
            .ends = now + life_ * patience};
    for (std::size_t i = 0; i < length; ++i)
        row.answer += letters[random_.below(static_cast<std::uint32_t>(letters.size()))];
    for (std::size_t i = 0; i < digit_count; ++i)
        row.digits += static_cast<char>('0' + random_.below(10));
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
    const std::string typed = folded(answer);
    const bool right = now < row->ends && (typed == row->answer || typed == row->digits);
    forget(row);
    return right;
}

const Captchas::Row* Captchas::live(std::string_view id, WallTime now) const {
    const auto found = by_id_.find(std::string(id));
    return found == by_id_.end() || found->second->ends <= now ? nullptr : &*found->second;
}

std::optional<Captchas::Spoken> Captchas::spoken(std::string_view id, WallTime now) const {
    const Row* row = live(id, now);
    if (row == nullptr) return std::nullopt;
    return Spoken{.digits = row->digits, .seed = row->seed};
}

std::optional<Digest> Captchas::holder_of(std::string_view id, WallTime now) const {
    const Row* row = live(id, now);
    if (row == nullptr) return std::nullopt;
    return row->holder;
}

std::optional<std::string> Captchas::answer_of(std::string_view id) const {
    const auto found = by_id_.find(std::string(id));
    if (found == by_id_.end()) return std::nullopt;
    return found->second->answer;
}

std::string Captchas::newest_id_of(const Digest& holder) const {
    const auto found = newest_.find(holder);
    return found == newest_.end() ? std::string() : found->second->id;
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
