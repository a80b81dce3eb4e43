#include "server/waiting_room.hpp"

#include "server/waiting_room_state.hpp"

namespace qrgate {

WaitingRoom::WaitingRoom(asio::any_io_executor executor, Clock& clock, Random& random, TokenRing ring,
                         std::string public_url, WaitingRoomLimits limits)
    : state_(
          std::make_shared<State>(executor, clock, random, std::move(ring), std::move(public_url), limits)) {
    state_->watch();
    state_->tick_on();
}

WaitingRoom::~WaitingRoom() {
    stop();
}

void WaitingRoom::seat(std::unique_ptr<Transport> transport, Visitor visitor, std::optional<Ticket> open) {
    state_->seat(std::make_unique<WebSocketLine>(std::move(transport)), visitor, open);
}

void WaitingRoom::seat_stream(std::unique_ptr<Transport> transport, Visitor visitor,
                              std::optional<Ticket> open) {
    state_->seat(std::make_unique<EventStreamLine>(std::move(transport)), visitor, open);
}

bool WaitingRoom::has_ended(const Digest& pre_session_hash) const {
    return state_->ended.contains(pre_session_hash);
}

Result<WaitingRoom::Waiting> WaitingRoom::claim(std::string_view token_or_short_code) {
    SeatId id = state_->find_code(token_or_short_code);
    if (id == 0) return Errc::ticket_expired;
    Seat& seat = state_->seats.find(id)->seat;
    WallTime now = state_->clock.now();
    if (seat.is_over(now)) return Errc::ticket_expired;
    bool typed = token_or_short_code == seat.short_code();
    if (seat.state() == Seat::State::showing && !typed &&
        !seat.is_scannable(token_or_short_code, state_->rules(), now))
        return Errc::ticket_expired;
    if (!seat.claim(now)) return Errc::ticket_taken;
    const Visitor& visitor = seat.visitor();
    return Waiting{typed ? seat.code().token : std::string(token_or_short_code), visitor.pre_session_hash,
                   visitor.browser, visitor.easy};
}

void WaitingRoom::release(std::string_view token) {
    SeatId id = state_->find_code(token);
    if (id == 0) return;
    state_->seats.find(id)->seat.release();
    state_->look_at_seat(id, state_->clock.now());  // what was due waited for the scan
}

std::optional<std::string> WaitingRoom::token_of(std::string_view short_code) const {
    SeatId id = state_->find_code(short_code);
    if (id == 0) return std::nullopt;
    const Seat& seat = state_->seats.find(id)->seat;
    if (seat.short_code() != short_code) return std::nullopt;
    return std::string(seat.token());
}

void WaitingRoom::scanned(const Ticket& ticket) {
    SeatId id = state_->find_of(ticket);
    if (id == 0) return;
    Seat& seat = state_->seats.find(id)->seat;
    if (seat.state() == Seat::State::confirmed) return;
    bool news = seat.state() == Seat::State::showing;
    seat.scanned(ticket);
    state_->schedule(id);
    if (news) state_->say_present(id);
}

void WaitingRoom::confirmed(const Ticket& ticket) {
    SeatId id = state_->find_of(ticket);
    if (id == 0) return;
    state_->seats.find(id)->seat.confirmed(ticket);
    state_->schedule(id);
    state_->say_present(id);
}

void WaitingRoom::denied(const Ticket& ticket) {
    SeatId id = state_->find_of(ticket);
    if (id == 0) return;
    state_->say(id, state_->seats.find(id)->seat.denied_frame());
    state_->start_wait(id);
    state_->say_present(id);
}

void WaitingRoom::cancelled(const Ticket& ticket) {
    SeatId id = state_->find_of(ticket);
    if (id == 0) return;
    state_->start_wait(id);
    state_->say_present(id);
}

void WaitingRoom::fresh_code(const Digest& pre_session_hash) {
    SeatId id = state_->find(pre_session_hash);
    // A scan is being written this moment: the browser will hear `scanned` and may cancel that.
    if (id == 0 || state_->seats.find(id)->seat.is_claimed(state_->clock.now())) return;
    state_->start_wait(id);
    state_->say_present(id);
}

void WaitingRoom::expired(const Ticket& ticket) {
    SeatId id = state_->find_of(ticket);
    if (id == 0) return;
    state_->say(id, state_->seats.find(id)->seat.expired_frame());
    state_->end(id, Ending::wait_over);
}

void WaitingRoom::redeemed(const Ticket& ticket) {
    if (SeatId id = state_->find_of(ticket)) state_->end(id, Ending::done);
}

bool WaitingRoom::push(std::string_view token_or_short_code) {
    SeatId id = state_->find_code(token_or_short_code);
    if (id == 0) return false;
    state_->say_present(id);
    return true;
}

std::size_t WaitingRoom::seats() const noexcept {
    return state_->seats.size();
}

std::size_t WaitingRoom::connections() const noexcept {
    return state_->attached;
}

void WaitingRoom::look_at_the_time() {
    state_->look();
}

void WaitingRoom::stop() {
    if (std::exchange(state_->stopped, true)) return;
    for (LineId id : state_->lines.ids()) {
        state_->lines.find(id)->line->end(Ending::going_away);
        state_->detach(id);
        state_->forget_line(id);
    }
    for (SeatId id : state_->seats.ids())
        state_->forget_seat(id);
    boost::system::error_code ignored;
    state_->poll.close(ignored);
    state_->timer.cancel();
}

}  // namespace qrgate
