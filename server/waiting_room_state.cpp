// The room's loop and its seats; its connections are in waiting_room_lines.cpp.
#include "server/waiting_room_state.hpp"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cstring>

#include "server/client_address.hpp"
#include "storage/task.hpp"

namespace qrgate {
namespace {

constexpr int events_per_turn = 256;               // then others get their turn
constexpr std::chrono::microseconds tick{62'500};  // a Moment
// What comes due in a tick is looked at in so many portions with pauses between. Each seat is a write to a
// socket at most, and a push waits for those of a portion: here, and at the browsers' end.
constexpr std::size_t portions = 24;
constexpr std::size_t largest_portion = 32;
constexpr std::size_t most_missed = 4;
constexpr int most_tries = 8;

std::uint32_t seed_of(Random& random) {
    const auto octets = random.bytes<4>();
    std::uint32_t seed = 0;
    std::memcpy(&seed, octets.data(), sizeof seed);
    return seed;
}

}  // namespace

WaitingRoom::State::State(const Executor& e, Clock& c, Random& r, TokenRing k, std::string url,
                          WaitingRoomLimits l)
    : clock(c),
      random(r),
      ring(k),
      public_url(std::move(url)),
      limits(l),
      time(c.now()),
      rules{limits, ring, public_url, random, time},
      poll(e, lines.epoll()),
      timer(e),
      next_look(e),
      executor(e),
      seats(ring, time, seed_of(r), c.now()) {}

// The epoll set is closed by Lines.
WaitingRoom::State::~State() {
    if (poll.is_open()) poll.release();
}

// --- Asio ---------------------------------------------------------------------------------------

void WaitingRoom::State::watch() {
    poll.async_wait(StreamDescriptor::wait_read, [weak = weak_from_this()](boost::system::error_code ec) {
        auto self = weak.lock();
        if (ec || !self || self->stopped) return;
        self->poll_turn();
        self->watch();
    });
}

void WaitingRoom::State::tick_on() {
    timer.expires_after(tick);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        auto self = weak.lock();
        if (ec || !self || self->stopped) return;
        self->look_at_what_is_due();
        self->tick_on();
    });
}

void WaitingRoom::State::poll_turn() {
    std::array<epoll_event, events_per_turn> events;
    int count = ::epoll_wait(lines.epoll(), events.data(), events_per_turn, 0);
    for (int i = 0; i < count; ++i) {
        const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
        const auto whose = static_cast<RowNo>(data >> 32U);
        const auto descriptor = static_cast<int>(static_cast<std::uint32_t>(data));
        if (whose == no_row) {
            lines.turn_leaving(descriptor);
        } else {
            turn(whose, descriptor);
        }
    }
}

void WaitingRoom::State::look_at_what_is_due() {
    const std::size_t count = seats.count_due(time.floor(clock.now()));
    portion = std::clamp<std::size_t>((count + portions - 1) / portions, 1, largest_portion);
    pause = limits.spread / std::max<std::size_t>(1, count / portion);
    look();
}

void WaitingRoom::State::look() {
    const WallTime now = clock.now();
    ended.look(time.floor(now));
    lines.look_at_leaving(now);
    due.clear();
    const bool all = seats.take_due(time.floor(now), portion, due);
    for (RowNo seat : due)
        look_at_seat(seat, now);
    if (!all) look_again();
}

// Several came due together: sockets get their turn in between.
void WaitingRoom::State::look_again() {
    if (std::exchange(looks_again, true)) return;
    auto next = [weak = weak_from_this()](boost::system::error_code ec = {}) {
        auto self = weak.lock();
        if (ec || !self || self->stopped) return;
        self->looks_again = false;
        self->look();
    };
    if (pause.count() == 0) {
        asio::post(executor, std::move(next));
        return;
    }
    next_look.expires_after(pause);
    next_look.async_wait(std::move(next));
}

// --- seats --------------------------------------------------------------------------------------

bool WaitingRoom::State::admits(const std::string& address) const {
    if (seats.size() >= limits.seats) return false;
    if (limits.loopback_is_free && is_loopback_address(address)) return true;
    return seats.seats_of(address) < limits.seats_per_address;
}

RowNo WaitingRoom::State::add_seat(const Visitor& visitor, const std::optional<Ticket>& open) {
    ended.remove(visitor.pre_session_hash);
    RowNo seat = seats.add(visitor);
    if (open && open->life.state == TicketState::confirmed) {
        at(seat).confirmed(*open, keep_ticket(seat, *open));
    } else if (open && open->life.state == TicketState::scanned) {
        at(seat).scanned(*open, keep_ticket(seat, *open));
    } else {
        start_wait(seat);
    }
    return seat;
}

// A newer connection of the same browser.
void WaitingRoom::State::take_over(RowNo seat, const Visitor& visitor) {
    if (has_line(seat)) end_line(seat, Ending::superseded);
    // What a phone may have been shown by now stays as it is.
    const SeatRow& row = seats[seat];
    if (row.state != SeatRow::State::showing || at(seat).is_claimed(clock.now())) return;
    bool other_pace = visitor.easy != row.easy;
    seats.set_visitor(seat, visitor);
    if (other_pace) start_wait(seat);
}

void WaitingRoom::State::forget_seat(RowNo seat) {
    unplan_rotation(seat);
    polls.erase(seat);
    seats.remove(seat);
}

void WaitingRoom::State::look_at_seat(RowNo seat, WallTime now) {
    if (!has_line(seat) && seats[seat].line_due <= time.floor(now) && !at(seat).is_claimed(now)) {
        forget_seat(seat);
        return;
    }
    if (at(seat).is_over(now)) {
        say_expired(seat);
        end(seat, Ending::wait_over);
        return;
    }
    if (at(seat).is_rotation_due(now)) {
        rotate(seat, now);
        say_present(seat);
    }
    if (seats[seat].descriptor >= 0 && seats[seat].line_due <= time.floor(now)) ping(seat, now);
    seats.schedule(seat);
}

void WaitingRoom::State::start_wait(RowNo seat) {
    unplan_rotation(seat);
    seats.unindex_codes(seat);
    at(seat).start_wait(clock.now());
    // Two seats of one short code: who types it would meet the wrong browser.
    for (int tries = 0; tries < most_tries && seats.is_short_code_taken(seat); ++tries)
        at(seat).start_wait(clock.now());
    seats.index_codes(seat);
    plan_rotation(seat);
    seats.schedule(seat);
}

void WaitingRoom::State::rotate(RowNo seat, WallTime now) {
    unplan_rotation(seat);
    seats.unindex_codes(seat);
    at(seat).rotate(now);
    seats.index_codes(seat);
    plan_rotation(seat);
}

void WaitingRoom::State::plan_rotation(RowNo seat) {
    SeatRow& row = seats[seat];
    if (row.rotates == never) return;
    const Seat::Window window = at(seat).rotation_window();
    row.rotates = plan.place(window.earliest, window.latest, seats.size());
    row.has_planned_rotation = true;
}

void WaitingRoom::State::unplan_rotation(RowNo seat) {
    SeatRow& row = seats[seat];
    if (!row.has_planned_rotation) return;
    plan.remove(row.rotates);
    row.has_planned_rotation = false;
}

SeatRow::TicketIs WaitingRoom::State::keep_ticket(RowNo seat, const Ticket& ticket) {
    unplan_rotation(seat);
    const SeatRow::TicketIs where = at(seat).which(ticket.token);
    if (where != SeatRow::TicketIs::none) return where;
    seats.put_elsewhere(seat, ticket.token);
    return SeatRow::TicketIs::elsewhere;
}

std::string WaitingRoom::State::token_of(RowNo seat) {
    if (seats[seat].ticket == SeatRow::TicketIs::elsewhere) return seats.elsewhere(seat);
    const bool is_former = seats[seat].ticket == SeatRow::TicketIs::former;
    const auto token = is_former ? at(seat).former_token() : at(seat).code_token();
    return {token.data(), token.size()};
}

void WaitingRoom::State::say(RowNo seat) {
    SeatRow& row = seats[seat];
    if (row.descriptor >= 0) {
        // What is said keeps the way to the browser open as a ping would: who gets a new code each half
        // minute gets none, and a waiting browser costs half.
        row.line_due = time.floor(clock.now() + limits.ping);
        after(seat, lines.say(line_of(seat), row.seq, message));
        return;
    }
    if (!row.is_polled) return;
    Polled& window = polls.at(seat);
    if (window.mailbox) {
        window.mailbox->say(message.text());
    } else if (window.window != 0) {
        if (window.missed.empty()) window.missed_after = row.seq - 1;
        window.missed.emplace_back(message.text());
        if (window.missed.size() <= most_missed) return;
        window.missed.pop_front();
        ++window.missed_after;
    }
}

void WaitingRoom::State::say_present(RowNo seat) {
    at(seat).append_present_frame(message.begin(), clock.now());
    say(seat);
}

void WaitingRoom::State::say_expired(RowNo seat) {
    at(seat).append_expired_frame(message.begin());
    say(seat);
}

void WaitingRoom::State::end(RowNo seat, Ending why) {
    if (has_line(seat)) end_line(seat, why);
    ended.put(seats[seat].pre_session_hash, time.floor(clock.now() + limits.outlives));
    forget_seat(seat);
}

// The seat whose present ticket this is; no_row for a ticket of an earlier wait.
RowNo WaitingRoom::State::find_of(const Ticket& ticket) {
    RowNo seat = seats.find(ticket.pre_session_hash);
    if (seat == no_row || seats.find_code(ticket.token) != seat) return no_row;
    const SeatRow& row = seats[seat];
    if (row.state == SeatRow::State::showing) return seat;
    bool is_its = row.ticket == SeatRow::TicketIs::elsewhere ? seats.elsewhere(seat) == ticket.token
                                                             : at(seat).which(ticket.token) == row.ticket;
    return is_its ? seat : no_row;
}

}  // namespace qrgate
