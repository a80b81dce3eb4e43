#include "server/seat.hpp"

#include <algorithm>

#include "protocol/messages.hpp"

namespace qrgate {
namespace {

using std::chrono::seconds;

// A claim is held for one INSERT. One that its scan forgot must not hold the seat for ever.
constexpr seconds longest_claim{30};
constexpr seconds earlier{5};  // the next code comes before the present one ends

}  // namespace

void Seat::start_wait(WallTime now) {
    row_.state = State::showing;
    row_.ticket = SeatRow::TicketIs::none;
    row_.needs_code = false;
    row_.has_former = false;
    row_.former_ends = 0;
    row_.claimed_until = 0;
    row_.ends = rules_.time.floor(now + rules_.limits.wait * factor());
    row_.short_code = pack_short_code(make_short_code(rules_.ring.node, rules_.random));
    show(rules_.limits.first_code * factor(), now);
}

void Seat::rotate(WallTime now) {
    row_.former = row_.code;
    row_.former_key_odd = row_.code_key_odd;
    row_.former_ends = row_.code_ends;
    row_.has_former = true;
    show(rules_.limits.next_codes * factor(), now);
}

// The last code of a wait lives to its end and is not followed by another.
void Seat::show(seconds life, WallTime now) {
    row_.code_ends = std::min(rules_.time.floor(now + life), row_.ends);
    const WallTime expires_at = WallTime{seconds{expiry(row_.code_ends)}};
    const TokenParts parts = make_token_parts(rules_.ring, expires_at, rules_.random);
    row_.code = parts.chance;
    row_.code_mac = parts.mac;
    row_.code_key_odd = parts.odd_key;
    row_.has_code = true;
    row_.rotates = never;
    if (row_.code_ends < row_.ends)
        row_.rotates = row_.code_ends - RoomTime::steps(std::min(earlier, life / 2));
}

Seat::Window Seat::rotation_window() const noexcept {
    const Moment grace = RoomTime::steps(rules_.limits.grace);
    const seconds next = rules_.limits.next_codes * factor();
    const Moment shown_next = RoomTime::steps(next - std::min(earlier, next / 2));
    // The next code is shown for `shown_next` at most; then this one must be over with its grace.
    Moment earliest = RoomTime::sum(row_.code_ends, grace);
    earliest = earliest > shown_next ? earliest - shown_next : 0;
    if (row_.has_former) earliest = std::max(earliest, RoomTime::sum(row_.former_ends, grace));
    return {std::min(earliest, row_.rotates), row_.rotates};
}

std::uint32_t Seat::expiry(Moment code_ends) const noexcept {
    return static_cast<std::uint32_t>(
        std::chrono::ceil<seconds>(rules_.time.wall(code_ends)).time_since_epoch().count());
}

bool Seat::claim(WallTime now) {
    if (row_.state != State::showing || is_claimed(now)) return false;
    row_.claimed_until = rules_.time.ceil(now + longest_claim);
    return true;
}

SeatRow::TicketIs Seat::which(std::string_view token) const {
    const auto parts = token_parts(rules_.ring, token);
    if (!parts) return SeatRow::TicketIs::none;
    if (row_.has_code && parts->chance == row_.code && parts->expiry == expiry(row_.code_ends) &&
        parts->mac == row_.code_mac)
        return SeatRow::TicketIs::code;
    if (row_.has_former && parts->chance == row_.former && parts->expiry == expiry(row_.former_ends) &&
        parts->odd_key == row_.former_key_odd && parts->mac == token_mac(rules_.ring, *parts))
        return SeatRow::TicketIs::former;
    return SeatRow::TicketIs::none;
}

bool Seat::is_scannable(std::string_view token, WallTime now) const {
    const SeatRow::TicketIs code = which(token);
    if (code == SeatRow::TicketIs::none) return false;
    const Moment ends = code == SeatRow::TicketIs::code ? row_.code_ends : row_.former_ends;
    return rules_.time.floor(now) < RoomTime::sum(ends, RoomTime::steps(rules_.limits.grace));
}

void Seat::scanned(const Ticket& ticket, SeatRow::TicketIs where) {
    row_.state = State::scanned;
    row_.ticket = where;
    row_.ends = rules_.time.ceil(ticket.life.deadline);
    row_.rotates = never;
    row_.claimed_until = 0;
}

void Seat::confirmed(const Ticket& ticket, SeatRow::TicketIs where) {
    scanned(ticket, where);
    row_.state = State::confirmed;
    row_.needs_code = ticket.needs_code;
}

std::array<char, token_size> Seat::code_token() const {
    return token_text(rules_.ring, {expiry(row_.code_ends), row_.code, row_.code_mac, row_.code_key_odd});
}

std::array<char, token_size> Seat::former_token() const {
    TokenParts parts{expiry(row_.former_ends), row_.former, {}, row_.former_key_odd};
    parts.mac = token_mac(rules_.ring, parts);
    return token_text(rules_.ring, parts);
}

void Seat::append_present_frame(std::string& out, WallTime now) {
    ++row_.seq;
    if (row_.state == State::scanned) return append_scanned_frame(out, row_.seq);
    if (row_.state == State::confirmed) return append_confirmed_frame(out, row_.seq, row_.needs_code);
    const auto token = code_token();
    const auto code = unpack_short_code(rules_.ring.node, row_.short_code);
    std::array<char, 9> shown{code[0], code[1], code[2], code[3], '-', code[4], code[5], code[6], code[7]};
    const auto left =
        std::max(seconds{0}, std::chrono::ceil<seconds>(rules_.time.wall(row_.code_ends) - now));
    append_code_frame(out, {row_.seq,
                            rules_.public_url,
                            {token.data(), token.size()},
                            {shown.data(), shown.size()},
                            left.count()});
}

void Seat::append_denied_frame(std::string& out) {
    qrgate::append_denied_frame(out, ++row_.seq);
}

void Seat::append_expired_frame(std::string& out) {
    qrgate::append_expired_frame(out, ++row_.seq);
}

bool Seat::is_rotation_due(WallTime now) const noexcept {
    return row_.state == State::showing && row_.rotates <= rules_.time.floor(now) && !is_claimed(now);
}

}  // namespace qrgate
