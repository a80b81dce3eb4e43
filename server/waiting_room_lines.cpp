// Seats and their connections: who sits down, who is gone, who is asked whether it is still there.
#include "server/waiting_room_state.hpp"

namespace qrgate {
namespace {

constexpr std::chrono::seconds farewell{3};  // for the peer's half of a close
constexpr std::uint8_t pings_unanswered = 3;
constexpr std::chrono::seconds after_code{1};  // a ping that waited for it, if it did not come

}  // namespace

bool WaitingRoom::State::has_line(RowNo seat) const {
    const SeatRow& row = seats[seat];
    return row.descriptor >= 0 || (row.is_polled && polls.at(seat).mailbox);
}

void WaitingRoom::State::seat(ParkedSocket socket, bool is_stream, const Visitor& visitor,
                              const std::optional<Ticket>& open) {
    RowNo seat = seats.find(visitor.pre_session_hash);
    if (stopped || (seat == no_row && (visitor.later || !admits(visitor.browser.address)))) {
        refuse(socket, is_stream, stopped ? Ending::going_away : Ending::full);
        return;
    }
    if (seat == no_row) {
        seat = add_seat(visitor, open);
    } else {
        take_over(seat, visitor);
    }
    polls.erase(seat);
    seats[seat].is_polled = false;
    if (!attach(seat, socket, is_stream)) detach(seat);
    const int descriptor = seats[seat].descriptor;
    say_present(seat);
    seats.schedule(seat);
    // What TLS has read already is in no socket: nobody would call us for it.
    if (descriptor >= 0) turn(seat, descriptor);
}

void WaitingRoom::State::refuse(const ParkedSocket& socket, bool is_stream, Ending why) {
    const Line line{socket.descriptor, no_row, is_stream};
    if (!lines.add(socket, line)) return;
    lines.end(line, why, clock.now() + farewell);
    if (stopped) lines.close_leaving();
}

bool WaitingRoom::State::attach(RowNo seat, const ParkedSocket& socket, bool is_stream) {
    if (!lines.add(socket, {socket.descriptor, seat, is_stream})) return false;
    SeatRow& row = seats[seat];
    row.descriptor = socket.descriptor;
    row.is_stream = is_stream;
    row.heard = false;
    row.unanswered = 0;
    row.line_due = time.floor(clock.now() + limits.ping);
    ++attached;
    return true;
}

void WaitingRoom::State::turn(RowNo seat, int descriptor) {
    SeatRow& row = seats[seat];
    // An event of this turn's batch, of a line that an earlier one of it ended.
    if (row.descriptor != descriptor) return;
    const Lines::Turn turn = lines.turn(line_of(seat));
    if (turn.heard) row.heard = true;
    after(seat, turn.health);
}

// Draws the consequences of what the line did.
void WaitingRoom::State::after(RowNo seat, Lines::Health health) {
    if (health == Lines::Health::well) return;
    if (health == Lines::Health::ending) {
        lines.leave(line_of(seat), clock.now() + farewell);
    } else {
        lines.close(seats[seat].descriptor);
    }
    --attached;
    detach(seat);
}

void WaitingRoom::State::detach(RowNo seat) {
    SeatRow& row = seats[seat];
    row.descriptor = -1;
    row.line_due = time.floor(clock.now() + limits.outlives);
    seats.schedule(seat);
}

void WaitingRoom::State::end_line(RowNo seat, Ending why) {
    if (seats[seat].descriptor >= 0) {
        lines.end(line_of(seat), why, clock.now() + farewell);
    } else {
        std::exchange(polls.at(seat).mailbox, nullptr)->end(why);
    }
    --attached;
    detach(seat);
}

void WaitingRoom::State::ping(RowNo seat, WallTime now) {
    SeatRow& row = seats[seat];
    // The next code says as much as a ping, and asks for no answer. One that is due and does not come waits
    // for a scan that is being written.
    const Moment longest_silence = row.line_due + RoomTime::steps(limits.silence - limits.ping);
    if (row.rotates > time.floor(now) && row.rotates <= longest_silence) {
        row.line_due = RoomTime::sum(row.rotates, RoomTime::steps(after_code));
        return;
    }
    // A stream has no way to answer: it is gone when what is said to it is not taken.
    if (row.heard || row.is_stream) row.unanswered = 0;
    row.heard = false;
    if (row.unanswered >= pings_unanswered) {
        after(seat, Lines::Health::gone);
        return;
    }
    ++row.unanswered;
    row.line_due = time.floor(now + limits.ping);
    after(seat, lines.keep_alive(line_of(seat)));
}

}  // namespace qrgate
