// The inside of the waiting room: its tables, its epoll set, its timers; waiting_room.cpp says what is done
// with them. Included by waiting_room*.cpp only. Rows are named by ids that are never used twice, so that
// events and timers of what is gone find nothing. What waits in Asio holds the state weakly.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/line.hpp"
#include "server/seat.hpp"
#include "server/slot_table.hpp"
#include "server/timer_wheel.hpp"
#include "server/waiting_room.hpp"

namespace qrgate {

using SeatId = std::uint64_t;  // 0: none
using LineId = std::uint64_t;

constexpr std::chrono::seconds farewell{3};  // for the peer's half of a close

struct DigestHash {
    std::size_t operator()(const Digest& digest) const noexcept {
        std::size_t hash = 0;  // a digest's first octets are as good as any hash of it
        std::memcpy(&hash, digest.data(), sizeof hash);
        return hash;
    }
};

struct SeatRow {
    Seat seat;
    std::string address;  // as counted
    LineId line = 0;
    WallTime vanishes = WallTime::max();   // while there is no connection
    WallTime scheduled = WallTime::max();  // in the wheel
    // Of the window that polls; 0: none does. Between two polls what is said waits here, the newest few.
    std::uint64_t window = 0;
    std::deque<std::string> missed = {};
    std::uint64_t missed_after = 0;  // seq before the first of them
};

struct LineRow {
    std::unique_ptr<Line> line;
    SeatId seat = 0;  // 0: it only waits for the peer's close
    int unanswered = 0;
    bool polls_writes = false;
};

struct WaitingRoom::State : std::enable_shared_from_this<WaitingRoom::State> {
    State(const asio::any_io_executor& executor, Clock& clock, Random& random, TokenRing ring,
          std::string public_url, WaitingRoomLimits limits);

    asio::posix::stream_descriptor poll;
    asio::steady_timer timer;
    Clock& clock;
    Random& random;
    TokenRing ring;
    std::string public_url;
    WaitingRoomLimits limits;
    SlotTable<SeatRow> seats;
    SlotTable<LineRow> lines;
    TimerWheel seat_wheel;
    TimerWheel line_wheel;
    std::unordered_map<Digest, SeatId, DigestHash> by_pre_session = {};
    std::unordered_map<std::string, SeatId> by_code = {};  // tokens (32 characters) and short codes (8)
    std::unordered_map<std::string, std::size_t> per_address = {};
    std::unordered_map<Digest, WallTime, DigestHash> ended =
        {};  // pre-sessions whose wait is over, and since when
    std::deque<std::pair<WallTime, Digest>> ended_order = {};
    std::uint64_t windows = 0;
    std::size_t attached = 0;
    bool stopped = false;

    SeatRules rules() const { return {limits, ring, public_url, random}; }

    // The two things that wait in Asio
    void watch();
    void tick_on();
    void poll_turn();
    void look();

    // A new connection or poll
    void seat(std::unique_ptr<Line> line, const Visitor& visitor, const std::optional<Ticket>& open);
    void forget_endings(WallTime now);
    void poll_left(LineId id);
    bool deliver_missed(SeatRow& row, std::uint64_t after, Mailbox& into);

    // Lines
    LineId add_line(std::unique_ptr<Line> line, SeatId seat);
    void settle(LineId id);
    void detach(LineId id);
    void forget_line(LineId id);
    void look_at_line(LineId id, WallTime now);

    // Seats
    bool admits(const std::string& address) const;
    SeatId add_seat(const Visitor& visitor, const std::optional<Ticket>& open);
    void take_over(SeatId id, const Visitor& visitor);
    void forget_seat(SeatId id);
    void index(SeatId id);
    void unindex(const Seat& seat);
    void schedule(SeatId id);
    void look_at_seat(SeatId id, WallTime now);
    void start_wait(SeatId id);
    void say(SeatId id, const std::string& message);
    void say_present(SeatId id);
    void end(SeatId id, Ending why);
    SeatId find(const Digest& pre_session_hash) const;
    SeatId find_code(std::string_view code) const;
    SeatId find_of(const Ticket& ticket);
};

}  // namespace qrgate
