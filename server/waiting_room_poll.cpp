// The long poll: a request that waits in its seat's place for the next message.
#include <boost/asio/as_tuple.hpp>

#include "server/waiting_room_state.hpp"
#include "storage/task.hpp"

namespace qrgate {

// The poll's request is answered or given up: the seat stays for the next poll.
void WaitingRoom::State::poll_left(const Digest& pre_session_hash, const std::shared_ptr<Mailbox>& mailbox) {
    const RowNo seat = seats.find(pre_session_hash);
    if (seat == no_row || !seats[seat].is_polled || polls.at(seat).mailbox != mailbox) return;
    polls.at(seat).mailbox = nullptr;
    --attached;
    detach(seat);
}

// What was said since `after`, where all of it is still here.
bool WaitingRoom::State::deliver_missed(Polled& window, std::uint64_t after, Mailbox& into) {
    const std::uint64_t last = window.missed_after + window.missed.size();
    if (window.missed.empty() || after < window.missed_after || after >= last) return false;
    auto first = window.missed.begin() + static_cast<std::ptrdiff_t>(after - window.missed_after);
    into.messages.assign(first, window.missed.end());
    return true;
}

namespace {

WaitingRoom::Polled only(Ending why) {
    return {.messages = {closed_message(why)}, .cursor = {}};
}

}  // namespace

Task<WaitingRoom::Polled> WaitingRoom::poll(Visitor visitor, std::optional<Ticket> open,
                                            std::optional<PollCursor> after,
                                            std::chrono::milliseconds at_most) {
    std::shared_ptr<State> state = state_;
    if (state->stopped) co_return only(Ending::going_away);
    RowNo seat = state->seats.find(visitor.pre_session_hash);
    if (seat == no_row) {
        if (visitor.later || !state->admits(visitor.browser.address)) co_return only(Ending::full);
        seat = state->add_seat(visitor, open);
        after.reset();
    } else {
        const bool polled = state->seats[seat].is_polled;
        const std::uint64_t window = polled ? state->polls.at(seat).window : 0;
        const bool other_window = after && after->window != 0 && after->window != window;
        if (other_window || (after && window == 0 && state->has_line(seat)))
            co_return only(Ending::superseded);
        state->take_over(seat, visitor);
    }

    auto mailbox = std::make_shared<Mailbox>(state->executor);
    State::Polled& window = state->polls[seat];
    window.mailbox = mailbox;
    SeatRow& row = state->seats[seat];
    row.is_polled = true;
    row.line_due = never;
    ++state->attached;
    struct Leave {
        State& state;
        Digest whose;
        std::shared_ptr<Mailbox> mailbox;
        ~Leave() { state.poll_left(whose, mailbox); }
    } leave{*state, visitor.pre_session_hash, mailbox};
    if (!after || window.window == 0) window.window = ++state->windows;
    const PollCursor heard{.window = window.window, .seq = after ? after->seq : 0};
    const bool nothing_new = after && after->seq == row.seq;
    if (!nothing_new && !(after && state->deliver_missed(window, after->seq, *mailbox)))
        state->say_present(seat);
    window.missed.clear();
    state->seats.schedule(seat);

    if (mailbox->messages.empty()) {
        mailbox->wake.expires_after(at_most);
        co_await mailbox->wake.async_wait(asio::as_tuple(use_task));
    }
    const RowNo still = state->seats.find(visitor.pre_session_hash);
    PollCursor next = heard;
    if (still != no_row && state->seats[still].is_polled && state->polls.at(still).window == heard.window)
        next.seq = state->seats[still].seq;
    co_return Polled{.messages = std::move(mailbox->messages), .cursor = poll_cursor(state->ring.node, next)};
}

}  // namespace qrgate
