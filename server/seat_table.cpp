#include "server/seat_table.hpp"

#include <algorithm>
#include <cstring>

namespace qrgate {
namespace {

constexpr std::size_t short_code_size = 8;

// The octets are a digest, or chance, or chosen here; the seed and the multiplication (Dietzfelbinger) make
// buckets of them that nobody outside can aim at.
template <class Octets>
std::uint32_t hash_of(const Octets& octets, std::uint32_t seed) noexcept {
    std::uint64_t number = 0;
    std::memcpy(&number, octets.data(), std::min(sizeof number, octets.size()));
    number = (number ^ seed) * 0x9e3779b97f4a7c15U;
    return static_cast<std::uint32_t>(number >> 32U);
}

std::string joined(const BrowserContext& browser) {
    return browser.family + '\0' + browser.os + '\0' + browser.place;
}

void split(const std::string& words, BrowserContext& into) {
    const std::size_t first = words.find('\0');
    const std::size_t second = words.find('\0', first + 1);
    into.family = words.substr(0, first);
    into.os = words.substr(first + 1, second - first - 1);
    into.place = words.substr(second + 1);
}

}  // namespace

std::uint32_t SeatTable::PreSessionLinks::hash(RowNo seat) const {
    return hash_of((*rows)[seat].pre_session_hash, seed);
}

std::uint32_t SeatTable::CodeLinks::hash(RowNo entry) const {
    const SeatRow& row = (*rows)[entry / 2];
    return hash_of(entry % 2 == 0 ? row.code : row.former, 0);
}

std::uint32_t SeatTable::ShortCodeLinks::hash(RowNo seat) const {
    return hash_of((*rows)[seat].short_code, seed);
}

// Rotation and end wait for a scan that is being written; pings do not.
Moment SeatTable::WheelRows::due(RowNo seat) const {
    const SeatRow& row = (*rows)[seat];
    return std::min(std::max(std::min(row.rotates, row.ends), row.claimed_until), row.line_due);
}

SeatTable::SeatTable(const TokenRing& ring, const RoomTime& time, std::uint32_t seed, WallTime now)
    : ring_(ring),
      time_(time),
      seed_(seed),
      by_pre_session_({&rows_, seed}),
      by_code_({&rows_}),
      by_short_code_({&rows_, seed}),
      wheel_({&rows_}, time.floor(now)) {}

RowNo SeatTable::add(const Visitor& visitor) {
    RowNo seat = rows_.add();
    rows_[seat].pre_session_hash = visitor.pre_session_hash;
    rows_[seat].state = SeatRow::State::showing;
    take_words(seat, visitor);
    by_pre_session_.insert(seat);
    return seat;
}

void SeatTable::remove(RowNo seat) {
    unindex_codes(seat);
    wheel_.take(seat);
    by_pre_session_.erase(seat);
    addresses_.drop(rows_[seat].address);
    browsers_.drop(rows_[seat].browser);
    rows_.remove(seat);
}

RowNo SeatTable::find(const Digest& pre_session_hash) const {
    return by_pre_session_.find(hash_of(pre_session_hash, seed_),
                                [&](RowNo seat) { return rows_[seat].pre_session_hash == pre_session_hash; });
}

RowNo SeatTable::find_short_code(std::string_view normal) const {
    if (normal_short_code(normal) != normal) return no_row;
    const PackedShortCode packed = pack_short_code(normal);
    if (unpack_short_code(ring_.node, packed)[0] != normal[0]) return no_row;
    return find_packed(packed);
}

RowNo SeatTable::find_packed(const PackedShortCode& packed) const {
    return by_short_code_.find(hash_of(packed, seed_),
                               [&](RowNo seat) { return rows_[seat].short_code == packed; });
}

RowNo SeatTable::find_code(std::string_view token_or_short_code) const {
    RowNo found = no_row;
    if (token_or_short_code.size() == short_code_size) {
        found = find_short_code(token_or_short_code);
    } else if (const auto parts = token_parts(ring_, token_or_short_code)) {
        RowNo entry = by_code_.find(hash_of(parts->chance, 0), [&](RowNo at) {
            const SeatRow& row = rows_[at / 2];
            return (at % 2 == 0 ? row.code : row.former) == parts->chance;
        });
        if (entry != no_row) found = entry / 2;
    }
    if (found != no_row || by_elsewhere_.empty()) return found;
    auto at = by_elsewhere_.find(std::string(token_or_short_code));
    return at == by_elsewhere_.end() ? no_row : at->second;
}

bool SeatTable::is_of(RowNo seat, std::string_view short_code) const {
    return short_code.size() == short_code_size && find_short_code(short_code) == seat;
}

void SeatTable::index_codes(RowNo seat) {
    const SeatRow& row = rows_[seat];
    if (!row.has_code) return;
    by_code_.insert(2 * seat);
    if (row.has_former) by_code_.insert(2 * seat + 1);
    by_short_code_.insert(seat);
}

void SeatTable::unindex_codes(RowNo seat) {
    const SeatRow& row = rows_[seat];
    drop_elsewhere(seat);
    if (!row.has_code) return;
    by_code_.erase(2 * seat);
    if (row.has_former) by_code_.erase(2 * seat + 1);
    by_short_code_.erase(seat);
}

void SeatTable::put_elsewhere(RowNo seat, const std::string& token) {
    drop_elsewhere(seat);
    elsewhere_[seat] = token;
    by_elsewhere_[token] = seat;
}

void SeatTable::drop_elsewhere(RowNo seat) {
    auto token = elsewhere_.find(seat);
    if (token == elsewhere_.end()) return;
    by_elsewhere_.erase(token->second);
    elsewhere_.erase(token);
}

void SeatTable::take_words(RowNo seat, const Visitor& visitor) {
    SeatRow& row = rows_[seat];
    row.address = addresses_.take(visitor.browser.address);
    row.browser = browsers_.take(joined(visitor.browser));
    row.started_at = time_.floor(visitor.browser.started_at);
    row.easy = visitor.easy;
}

Visitor SeatTable::visitor(RowNo seat) const {
    const SeatRow& row = rows_[seat];
    Visitor out;
    out.pre_session_hash = row.pre_session_hash;
    split(browsers_.text(row.browser), out.browser);
    out.browser.address = addresses_.text(row.address);
    out.browser.started_at = time_.wall(row.started_at);
    out.easy = row.easy;
    return out;
}

void SeatTable::set_visitor(RowNo seat, const Visitor& visitor) {
    const RowNo address = rows_[seat].address;
    const RowNo browser = rows_[seat].browser;
    take_words(seat, visitor);
    addresses_.drop(address);
    browsers_.drop(browser);
}

}  // namespace qrgate
