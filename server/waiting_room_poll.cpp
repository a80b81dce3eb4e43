// The long poll: a request that waits in its seat's place for the next message.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/waiting_room_state.hpp"

namespace qrgate {

// The poll's request is answered or given up: its line goes, the seat stays for the next poll.
void WaitingRoom::State::poll_left(LineId id) {
    detach(id);
    forget_line(id);
}

// What was said since `after`, where all of it is still here.
bool WaitingRoom::State::deliver_missed(SeatRow& row, std::uint64_t after, Mailbox& into) {
    const std::uint64_t last = row.missed_after + row.missed.size();
    if (row.missed.empty() || after < row.missed_after || after >= last) return false;
    auto first = row.missed.begin() + static_cast<std::ptrdiff_t>(after - row.missed_after);
    into.messages.assign(first, row.missed.end());
    return true;
}

namespace {

WaitingRoom::Polled only(Ending why) {
    return {.messages = {closed_message(why)}, .cursor = {}};
}

}  // namespace

asio::awaitable<WaitingRoom::Polled> WaitingRoom::poll(Visitor visitor, std::optional<Ticket> open,
                                                       std::optional<PollCursor> after,
                                                       std::chrono::milliseconds at_most) {
    std::shared_ptr<State> state = state_;
    if (state->stopped) co_return only(Ending::going_away);
    SeatId id = state->find(visitor.pre_session_hash);
    if (id == 0) {
        if (!state->admits(visitor.browser.address)) co_return only(Ending::full);
        id = state->add_seat(visitor, open);
        after.reset();
    } else {
        const SeatRow& there = *state->seats.find(id);
        const bool other_window = after && after->window != 0 && after->window != there.window;
        if (other_window || (after && there.window == 0 && there.line != 0))
            co_return only(Ending::superseded);
        state->take_over(id, visitor);
    }

    auto mailbox = std::make_shared<Mailbox>(state->poll.get_executor());
    LineId line = state->add_line(std::make_unique<PollLine>(mailbox), id);
    struct Leave {
        State& state;
        LineId line;
        ~Leave() { state.poll_left(line); }
    } leave{*state, line};
    SeatRow& row = *state->seats.find(id);
    row.line = line;
    row.vanishes = WallTime::max();
    if (!after || row.window == 0) row.window = ++state->windows;
    const PollCursor heard{.window = row.window, .seq = after ? after->seq : 0};
    const bool nothing_new = after && after->seq == row.seat.seq();
    if (!nothing_new && !(after && state->deliver_missed(row, after->seq, *mailbox))) state->say_present(id);
    row.missed.clear();
    state->schedule(id);

    if (mailbox->messages.empty()) {
        mailbox->wake.expires_after(at_most);
        co_await mailbox->wake.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    SeatRow* still = state->seats.find(id);
    PollCursor next = heard;
    if (still && still->window == heard.window) next.seq = still->seat.seq();
    co_return Polled{.messages = std::move(mailbox->messages), .cursor = poll_cursor(state->ring.node, next)};
}

}  // namespace qrgate
