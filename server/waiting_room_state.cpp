#include "server/waiting_room_state.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <vector>

#include "server/client_address.hpp"

namespace qrgate {
namespace {

constexpr int events_per_turn = 256;  // then others get their turn
constexpr std::chrono::milliseconds tick{250};
constexpr int pings_unanswered = 3;
constexpr std::size_t most_missed = 4;

int make_epoll() {
    int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) throw std::runtime_error(std::string("epoll_create1: ") + std::strerror(errno));
    return fd;
}

}  // namespace

WaitingRoom::State::State(const asio::any_io_executor& executor, Clock& c, Random& r, TokenRing k,
                          std::string url, WaitingRoomLimits l)
    : poll(executor, make_epoll()),
      timer(executor),
      clock(c),
      random(r),
      ring(std::move(k)),
      public_url(std::move(url)),
      limits(l),
      seat_wheel(c.now()),
      line_wheel(c.now()) {}

// --- Asio ---------------------------------------------------------------------------------------

void WaitingRoom::State::watch() {
    poll.async_wait(asio::posix::stream_descriptor::wait_read,
                    [weak = weak_from_this()](boost::system::error_code ec) {
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
        self->look();
        self->tick_on();
    });
}

void WaitingRoom::State::poll_turn() {
    std::array<epoll_event, events_per_turn> events;
    int count = ::epoll_wait(poll.native_handle(), events.data(), events_per_turn, 0);
    for (int i = 0; i < count; ++i) {
        LineId id = events[static_cast<std::size_t>(i)].data.u64;
        if (LineRow* row = lines.find(id)) row->line->turn();
        settle(id);
    }
}

void WaitingRoom::State::look() {
    WallTime now = clock.now();
    forget_endings(now);
    std::vector<std::uint64_t> due;
    seat_wheel.take_due(now, due);
    for (SeatId id : due)
        look_at_seat(id, now);
    due.clear();
    line_wheel.take_due(now, due);
    for (LineId id : due)
        look_at_line(id, now);
}

void WaitingRoom::State::forget_endings(WallTime now) {
    while (!ended_order.empty() && ended_order.front().first <= now) {
        auto known = ended.find(ended_order.front().second);
        if (known != ended.end() && known->second <= now) ended.erase(known);
        ended_order.pop_front();
    }
}

void WaitingRoom::State::seat(std::unique_ptr<Line> line, const Visitor& visitor,
                              const std::optional<Ticket>& open) {
    SeatId id = find(visitor.pre_session_hash);
    if (stopped) {
        line->end(Ending::going_away);
        return;
    }
    if (id == 0 && !admits(visitor.browser.address)) {
        line->end(Ending::full);
        LineId refused = add_line(std::move(line), 0);
        line_wheel.add(refused, clock.now() + farewell);
        settle(refused);
        return;
    }
    if (id == 0) {
        id = add_seat(visitor, open);
    } else {
        take_over(id, visitor);
    }
    LineId added = add_line(std::move(line), id);
    SeatRow& row = *seats.find(id);
    row.line = added;
    row.window = 0;
    row.missed.clear();
    row.vanishes = added == 0 ? clock.now() + limits.outlives : WallTime::max();
    say_present(id);
    schedule(id);
    // What TLS has read already is in no socket: nobody would call us for it.
    if (LineRow* there = lines.find(added)) there->line->turn();
    settle(added);
}

// --- lines --------------------------------------------------------------------------------------

LineId WaitingRoom::State::add_line(std::unique_ptr<Line> line, SeatId seat) {
    int fd = line->descriptor();
    LineId id = lines.emplace(LineRow{std::move(line), seat});
    if (seat != 0) ++attached;
    if (fd < 0) return id;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.u64 = id;
    if (::epoll_ctl(poll.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) {
        detach(id);
        forget_line(id);
        return 0;
    }
    line_wheel.add(id, clock.now() + limits.ping);
    return id;
}

// Draws the consequences of what the line did: gone, ending, or with something left to write.
void WaitingRoom::State::settle(LineId id) {
    LineRow* row = lines.find(id);
    if (!row) return;
    if (row->line->health() == Line::Health::gone) {
        detach(id);
        forget_line(id);
        return;
    }
    if (row->line->health() == Line::Health::ending) detach(id);
    if (row->line->wants_to_write() == row->polls_writes) return;
    row->polls_writes = !row->polls_writes;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | (row->polls_writes ? EPOLLOUT : 0u);
    event.data.u64 = id;
    ::epoll_ctl(poll.native_handle(), EPOLL_CTL_MOD, row->line->descriptor(), &event);
}

// The seat has no connection now; it stays for a while.
void WaitingRoom::State::detach(LineId id) {
    LineRow* row = lines.find(id);
    if (!row || row->seat == 0) return;
    SeatId seat = std::exchange(row->seat, 0);
    --attached;
    line_wheel.add(id, clock.now() + farewell);
    SeatRow* left = seats.find(seat);
    if (!left || left->line != id) return;
    left->line = 0;
    left->vanishes = clock.now() + limits.outlives;
    schedule(seat);
}

void WaitingRoom::State::forget_line(LineId id) {
    LineRow* row = lines.find(id);
    if (!row) return;
    // Before the close: a child that inherited the descriptor would keep it reporting for ever.
    int fd = row->line->descriptor();
    if (fd >= 0) ::epoll_ctl(poll.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
    lines.erase(id);
}

void WaitingRoom::State::look_at_line(LineId id, WallTime now) {
    LineRow* row = lines.find(id);
    if (!row) return;
    if (row->seat == 0) {
        forget_line(id);
        return;
    }
    if (row->line->take_heard()) row->unanswered = 0;
    if (row->unanswered >= pings_unanswered) {
        detach(id);
        forget_line(id);
        return;
    }
    ++row->unanswered;
    row->line->keep_alive();
    line_wheel.add(id, now + limits.ping);
    settle(id);
}

// --- seats --------------------------------------------------------------------------------------

bool WaitingRoom::State::admits(const std::string& address) const {
    if (seats.size() >= limits.seats) return false;
    if (limits.loopback_is_free && is_loopback_address(address)) return true;
    auto found = per_address.find(address);
    return found == per_address.end() || found->second < limits.seats_per_address;
}

SeatId WaitingRoom::State::add_seat(const Visitor& visitor, const std::optional<Ticket>& open) {
    bool resumes =
        open && (open->life.state == TicketState::scanned || open->life.state == TicketState::confirmed);
    SeatId id = seats.emplace(SeatRow{resumes ? Seat(visitor, *open) : Seat(visitor, rules(), clock.now()),
                                      visitor.browser.address});
    by_pre_session[visitor.pre_session_hash] = id;
    ended.erase(visitor.pre_session_hash);
    ++per_address[visitor.browser.address];
    index(id);
    return id;
}

// A newer connection of the same browser.
void WaitingRoom::State::take_over(SeatId id, const Visitor& visitor) {
    SeatRow& row = *seats.find(id);
    if (LineRow* old = lines.find(row.line)) {
        LineId old_id = row.line;
        old->line->end(Ending::superseded);
        detach(old_id);
        settle(old_id);
    }
    // What a phone may have been shown by now stays as it is.
    if (row.seat.state() != Seat::State::showing || row.seat.is_claimed(clock.now())) return;
    bool other_pace = visitor.easy != row.seat.visitor().easy;
    row.seat.set_visitor(visitor);
    if (other_pace) start_wait(id);
}

void WaitingRoom::State::forget_seat(SeatId id) {
    SeatRow* row = seats.find(id);
    if (!row) return;
    unindex(row->seat);
    by_pre_session.erase(row->seat.pre_session_hash());
    auto counted = per_address.find(row->address);
    if (--counted->second == 0) per_address.erase(counted);
    seats.erase(id);
}

void WaitingRoom::State::index(SeatId id) {
    const Seat& seat = seats.find(id)->seat;
    for (std::string_view code :
         {std::string_view(seat.code().token), std::string_view(seat.former_code().token),
          std::string_view(seat.short_code()), seat.token()})
        if (!code.empty()) by_code[std::string(code)] = id;
}

void WaitingRoom::State::unindex(const Seat& seat) {
    for (std::string_view code :
         {std::string_view(seat.code().token), std::string_view(seat.former_code().token),
          std::string_view(seat.short_code()), seat.token()})
        by_code.erase(std::string(code));
}

void WaitingRoom::State::schedule(SeatId id) {
    SeatRow& row = *seats.find(id);
    WallTime due = std::min(row.seat.due(), row.vanishes);
    if (row.scheduled <= due) return;  // it will be looked at before, and scheduled again
    row.scheduled = due;
    seat_wheel.add(id, due);
}

void WaitingRoom::State::look_at_seat(SeatId id, WallTime now) {
    SeatRow* row = seats.find(id);
    if (!row) return;
    if (row->scheduled <= now) row->scheduled = WallTime::max();
    if (row->vanishes <= now && !row->seat.is_claimed(now)) {
        forget_seat(id);
        return;
    }
    if (row->seat.is_over(now)) {
        say(id, row->seat.expired_frame());
        end(id, Ending::wait_over);
        return;
    }
    if (row->seat.is_rotation_due(now)) {
        unindex(row->seat);
        row->seat.rotate(rules(), now);
        index(id);
        say_present(id);
    }
    schedule(id);
}

void WaitingRoom::State::start_wait(SeatId id) {
    SeatRow& row = *seats.find(id);
    unindex(row.seat);
    row.seat.start_wait(rules(), clock.now());
    index(id);
    schedule(id);
}

void WaitingRoom::State::say(SeatId id, const std::string& message) {
    SeatRow& seat = *seats.find(id);
    LineId line = seat.line;
    if (LineRow* row = lines.find(line)) {
        row->line->say(seat.seat.seq(), message);
        settle(line);
    } else if (seat.window != 0) {
        if (seat.missed.empty()) seat.missed_after = seat.seat.seq() - 1;
        seat.missed.push_back(message);
        if (seat.missed.size() > most_missed) {
            seat.missed.pop_front();
            ++seat.missed_after;
        }
    }
}

void WaitingRoom::State::say_present(SeatId id) {
    say(id, seats.find(id)->seat.present_frame(rules(), clock.now()));
}

void WaitingRoom::State::end(SeatId id, Ending why) {
    LineId line = seats.find(id)->line;
    if (LineRow* row = lines.find(line)) {
        row->line->end(why);
        detach(line);
        settle(line);
    }
    const WallTime until = clock.now() + limits.outlives;
    const Digest whose = seats.find(id)->seat.pre_session_hash();
    ended[whose] = until;
    ended_order.emplace_back(until, whose);
    forget_seat(id);
}

SeatId WaitingRoom::State::find(const Digest& pre_session_hash) const {
    auto found = by_pre_session.find(pre_session_hash);
    return found == by_pre_session.end() ? 0 : found->second;
}

SeatId WaitingRoom::State::find_code(std::string_view code) const {
    auto found = by_code.find(std::string(code));
    return found == by_code.end() ? 0 : found->second;
}

// The seat whose present ticket this is; 0 for a ticket of an earlier wait.
SeatId WaitingRoom::State::find_of(const Ticket& ticket) {
    SeatId id = find(ticket.pre_session_hash);
    if (id == 0 || find_code(ticket.token) != id) return 0;
    const Seat& seat = seats.find(id)->seat;
    return seat.state() == Seat::State::showing || seat.is_of(ticket) ? id : 0;
}

}  // namespace qrgate
