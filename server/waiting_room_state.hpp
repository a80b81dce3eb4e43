// The inside of the waiting room: its tables, its epoll set, its timers; waiting_room.cpp says what is done
// with them. Included by waiting_room*.cpp only. Rows are named by numbers that are used again: nothing keeps
// one across a turn of the loop but epoll, which forgets a descriptor before its row goes. What waits in Asio
// holds the state weakly.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/lines.hpp"
#include "server/rotation_plan.hpp"
#include "server/seat.hpp"
#include "server/seat_table.hpp"
#include "server/wait_ends.hpp"
#include "server/waiting_room.hpp"
#include "storage/stream_descriptor.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct WaitingRoom::State : std::enable_shared_from_this<WaitingRoom::State> {
    State(const Executor& executor, Clock& clock, Random& random, TokenRing ring, std::string public_url,
          WaitingRoomLimits limits);
    ~State();

    // Of a window that polls. Between two polls what is said waits here, the newest few.
    struct Polled {
        std::shared_ptr<Mailbox> mailbox = {};  // null: no poll waits
        std::uint64_t window = 0;               // 0: the seat went to another way of waiting
        std::deque<std::string> missed = {};
        std::uint64_t missed_after = 0;  // seq before the first of them
    };

    Clock& clock;
    Random& random;
    TokenRing ring;
    std::string public_url;
    WaitingRoomLimits limits;
    RoomTime time;
    SeatRules rules;
    Lines lines;
    StreamDescriptor poll;
    Timer timer;
    Timer next_look;
    Executor executor;
    SeatTable seats;
    RotationPlan plan = {};
    std::unordered_map<RowNo, Polled> polls = {};
    WaitEnds ended;
    Message message = {};  // what is said at the moment
    std::vector<RowNo> due = {};
    std::uint64_t windows = 0;
    std::size_t attached = 0;
    bool looks_again = false;
    std::size_t portion = 1;
    std::chrono::microseconds pause{};
    bool stopped = false;

    Seat at(RowNo seat) { return {seats[seat], rules}; }
    Line line_of(RowNo seat) const { return {seats[seat].descriptor, seat, seats[seat].is_stream}; }
    bool has_line(RowNo seat) const;

    // The two things that wait in Asio
    void watch();
    void tick_on();
    void poll_turn();
    // Counts what is due, sets the size of a portion and the pause by it, and looks at the first.
    void look_at_what_is_due();
    // Looks at a portion of the seats that are due; the others follow, with pauses between.
    void look();
    void look_again();

    // A new connection or poll
    void seat(ParkedSocket socket, bool is_stream, const Visitor& visitor, const std::optional<Ticket>& open);
    void refuse(const ParkedSocket& socket, bool is_stream, Ending why);
    bool attach(RowNo seat, const ParkedSocket& socket, bool is_stream);
    void poll_left(const Digest& pre_session_hash, const std::shared_ptr<Mailbox>& mailbox);
    bool deliver_missed(Polled& window, std::uint64_t after, Mailbox& into);

    // Lines of seats
    void turn(RowNo seat, int descriptor);
    void after(RowNo seat, Lines::Health health);
    void detach(RowNo seat);  // the connection is elsewhere or closed; the seat stays for a while
    void end_line(RowNo seat, Ending why);
    void ping(RowNo seat, WallTime now);

    // Seats
    bool admits(const std::string& address) const;
    RowNo add_seat(const Visitor& visitor, const std::optional<Ticket>& open);
    void take_over(RowNo seat, const Visitor& visitor);
    void forget_seat(RowNo seat);
    void look_at_seat(RowNo seat, WallTime now);
    void start_wait(RowNo seat);
    void rotate(RowNo seat, WallTime now);
    void plan_rotation(RowNo seat);
    void unplan_rotation(RowNo seat);
    SeatRow::TicketIs keep_ticket(RowNo seat, const Ticket& ticket);
    std::string token_of(RowNo seat);
    void say(RowNo seat);  // what is in `message`
    void say_present(RowNo seat);
    void say_expired(RowNo seat);
    void end(RowNo seat, Ending why);
    RowNo find_of(const Ticket& ticket);
};

}  // namespace qrgate
