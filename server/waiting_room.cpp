#include "server/waiting_room.hpp"

#include "server/waiting_room_state.hpp"
#include "storage/task.hpp"

namespace qrgate {

WaitingRoom::WaitingRoom(Executor executor, Clock& clock, Random& random, TokenRing ring,
                         std::string public_url, WaitingRoomLimits limits)
    : state_(std::make_shared<State>(executor, clock, random, ring, std::move(public_url), limits)) {
    state_->watch();
    state_->tick_on();
}

WaitingRoom::~WaitingRoom() {
    stop();
}

void WaitingRoom::use_ring(const TokenRing& ring) {
    state_->ring = ring;
}

void WaitingRoom::seat(std::unique_ptr<Transport> transport, Visitor visitor, std::optional<Ticket> open) {
    state_->seat(transport->park(), false, visitor, open);
}

void WaitingRoom::seat_stream(std::unique_ptr<Transport> transport, Visitor visitor,
                              std::optional<Ticket> open) {
    state_->seat(transport->park(), true, visitor, open);
}

std::optional<std::string> WaitingRoom::first_message(const Visitor& visitor) {
    State& state = *state_;
    if (state.stopped || visitor.later || state.seats.find(visitor.pre_session_hash) != no_row ||
        !state.admits(visitor.browser.address))
        return std::nullopt;
    const RowNo seat = state.add_seat(visitor, {});
    state.detach(seat);
    state.at(seat).append_present_frame(state.message.begin(), state.clock.now());
    return std::string(state.message.text());
}

bool WaitingRoom::has_ended(const Digest& pre_session_hash) const {
    return state_->ended.contains(pre_session_hash);
}

Result<WaitingRoom::Waiting> WaitingRoom::claim(std::string_view token_or_short_code) {
    RowNo at = state_->seats.find_code(token_or_short_code);
    if (at == no_row) return Errc::ticket_expired;
    Seat seat = state_->at(at);
    WallTime now = state_->clock.now();
    if (seat.is_over(now)) return Errc::ticket_expired;
    bool typed = state_->seats.is_of(at, token_or_short_code);
    if (state_->seats[at].state == SeatRow::State::showing && !typed &&
        !seat.is_scannable(token_or_short_code, now))
        return Errc::ticket_expired;
    if (!seat.claim(now)) return Errc::ticket_taken;
    state_->seats.schedule(at);
    Visitor visitor = state_->seats.visitor(at);
    const auto shown = seat.code_token();
    return Waiting{typed ? std::string(shown.data(), shown.size()) : std::string(token_or_short_code),
                   visitor.pre_session_hash, std::move(visitor.browser), visitor.easy};
}

void WaitingRoom::release(std::string_view token) {
    RowNo seat = state_->seats.find_code(token);
    if (seat == no_row) return;
    state_->at(seat).release();
    state_->look_at_seat(seat, state_->clock.now());  // what was due waited for the scan
}

std::optional<std::string> WaitingRoom::token_of(std::string_view short_code) const {
    RowNo seat = state_->seats.find_short_code(short_code);
    if (seat == no_row) return std::nullopt;
    return state_->token_of(seat);
}

void WaitingRoom::scanned(const Ticket& ticket) {
    RowNo seat = state_->find_of(ticket);
    if (seat == no_row || state_->seats[seat].state == SeatRow::State::confirmed) return;
    bool news = state_->seats[seat].state == SeatRow::State::showing;
    state_->at(seat).scanned(ticket, state_->keep_ticket(seat, ticket));
    state_->seats.schedule(seat);
    if (news) state_->say_present(seat);
}

void WaitingRoom::confirmed(const Ticket& ticket) {
    RowNo seat = state_->find_of(ticket);
    if (seat == no_row) return;
    state_->at(seat).confirmed(ticket, state_->keep_ticket(seat, ticket));
    state_->seats.schedule(seat);
    state_->say_present(seat);
}

void WaitingRoom::denied(const Ticket& ticket) {
    RowNo seat = state_->find_of(ticket);
    if (seat == no_row) return;
    state_->at(seat).append_denied_frame(state_->message.begin());
    state_->say(seat);
    state_->start_wait(seat);
    state_->say_present(seat);
}

void WaitingRoom::cancelled(const Ticket& ticket) {
    RowNo seat = state_->find_of(ticket);
    if (seat == no_row) return;
    state_->start_wait(seat);
    state_->say_present(seat);
}

void WaitingRoom::fresh_code(const Digest& pre_session_hash) {
    RowNo seat = state_->seats.find(pre_session_hash);
    // A scan is being written this moment: the browser will hear `scanned` and may cancel that.
    if (seat == no_row || state_->at(seat).is_claimed(state_->clock.now())) return;
    state_->start_wait(seat);
    state_->say_present(seat);
}

void WaitingRoom::expired(const Ticket& ticket) {
    RowNo seat = state_->find_of(ticket);
    if (seat == no_row) return;
    state_->say_expired(seat);
    state_->end(seat, Ending::wait_over);
}

void WaitingRoom::redeemed(const Ticket& ticket) {
    RowNo seat = state_->find_of(ticket);
    if (seat != no_row) state_->end(seat, Ending::done);
}

bool WaitingRoom::push(std::string_view token_or_short_code) {
    RowNo seat = state_->seats.find_code(token_or_short_code);
    if (seat == no_row) return false;
    state_->say_present(seat);
    return true;
}

std::size_t WaitingRoom::seats() const noexcept {
    return state_->seats.size();
}

std::size_t WaitingRoom::connections() const noexcept {
    return state_->attached;
}

std::size_t WaitingRoom::lines_that_wait() const noexcept {
    return state_->lines.busy();
}

void WaitingRoom::look_at_the_time() {
    state_->look_at_what_is_due();
}

void WaitingRoom::stop() {
    if (std::exchange(state_->stopped, true)) return;
    for (RowNo seat = 0; seat < state_->seats.end(); ++seat) {
        if (state_->seats[seat].state == SeatRow::State::vacant) continue;
        if (state_->has_line(seat)) state_->end_line(seat, Ending::going_away);
        state_->forget_seat(seat);
    }
    state_->lines.close_leaving();
    // The epoll set itself is the lines'.
    if (state_->poll.is_open()) state_->poll.release();
    state_->timer.cancel();
    state_->next_look.cancel();
}

}  // namespace qrgate
