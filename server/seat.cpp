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

Seat::Seat(const Visitor& visitor, const SeatRules& rules, WallTime now) : visitor_(visitor) {
    start_wait(rules, now);
}

Seat::Seat(const Visitor& visitor, const Ticket& open) : visitor_(visitor) {
    if (open.life.state == TicketState::confirmed) {
        confirmed(open);
    } else {
        scanned(open);
    }
}

void Seat::start_wait(const SeatRules& rules, WallTime now) {
    int factor = visitor_.easy ? rules.limits.easy_factor : 1;
    state_ = State::showing;
    needs_code_ = false;
    ticket_.clear();
    former_ = {};
    code_ = {};
    claimed_until_ = {};
    ends_ = now + rules.limits.wait * factor;
    short_code_ = make_short_code(rules.ring.node, rules.random);
    show(rules, rules.limits.first_code * factor, now);
}

void Seat::rotate(const SeatRules& rules, WallTime now) {
    former_ = std::move(code_);
    show(rules, rules.limits.next_codes * (visitor_.easy ? rules.limits.easy_factor : 1), now);
}

// The last code of a wait lives to its end and is not followed by another.
void Seat::show(const SeatRules& rules, seconds life, WallTime now) {
    WallTime code_ends = std::min(WallTime(now + life), ends_);
    code_ = {make_token(rules.ring, std::chrono::ceil<seconds>(code_ends), rules.random), code_ends};
    rotates_ = code_ends < ends_ ? std::optional(code_ends - std::min(earlier, life / 2)) : std::nullopt;
}

bool Seat::claim(WallTime now) {
    if (state_ != State::showing || is_claimed(now)) return false;
    claimed_until_ = now + longest_claim;
    return true;
}

bool Seat::is_scannable(std::string_view token, const SeatRules& rules, WallTime now) const {
    auto in_time = [&](const Code& code) {
        return code.token == token && now < code.ends + rules.limits.grace;
    };
    return in_time(code_) || in_time(former_);
}

void Seat::scanned(const Ticket& ticket) {
    state_ = State::scanned;
    ticket_ = ticket.token;
    ends_ = ticket.life.deadline;
    rotates_ = std::nullopt;
    claimed_until_ = {};
}

void Seat::confirmed(const Ticket& ticket) {
    scanned(ticket);
    state_ = State::confirmed;
    needs_code_ = ticket.needs_code;
}

std::string Seat::present_frame(const SeatRules& rules, WallTime now) {
    ++seq_;
    if (state_ == State::scanned) return scanned_frame(seq_);
    if (state_ == State::confirmed) return confirmed_frame(seq_, needs_code_);
    std::string url = rules.public_url + "/s/" + code_.token;
    std::string shown = shown_short_code(short_code_);
    auto left = std::max(seconds{0}, std::chrono::ceil<seconds>(code_.ends - now));
    return code_frame({seq_, url, code_.token, shown, left.count()});
}

std::string Seat::denied_frame() {
    return qrgate::denied_frame(++seq_);
}

std::string Seat::expired_frame() {
    return qrgate::expired_frame(++seq_);
}

WallTime Seat::due() const noexcept {
    WallTime next = rotates_ ? std::min(*rotates_, ends_) : ends_;
    return std::max(next, claimed_until_);
}

bool Seat::is_rotation_due(WallTime now) const noexcept {
    return state_ == State::showing && rotates_ && *rotates_ <= now && !is_claimed(now);
}

}  // namespace qrgate
