// One waiting browser: what is shown to it, which codes a phone may scan, and until when. The rules over a
// row of the seat table, without I/O; the waiting room asks them what to say, and says it. I/O thread.
// States: showing (a live code) → claimed for one scan → scanned → confirmed; back to showing by a fresh
// wait. `seq` counts what was said to this browser, over all its connections. Who changes codes here has
// taken them out of the table's indexes before, and puts them in after (SeatTable).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/random.hpp"
#include "protocol/token.hpp"
#include "server/seat_row.hpp"
#include "server/waiting_room.hpp"

namespace qrgate {

// What seats are made with; the waiting room's own.
struct SeatRules {
    const WaitingRoomLimits& limits;
    const TokenRing& ring;
    const std::string& public_url;
    Random& random;
    const RoomTime& time;
};

class Seat {
public:
    using State = SeatRow::State;

    Seat(SeatRow& row, const SeatRules& rules) : row_(row), rules_(rules) {}

    // The whole wait from its beginning: new code, new short code.
    void start_wait(WallTime now);
    void rotate(WallTime now);

    bool claim(WallTime now);  // false: claimed, or scanned already
    void release() noexcept { row_.claimed_until = 0; }
    bool is_claimed(WallTime now) const noexcept { return row_.claimed_until > rules_.time.floor(now); }
    bool is_over(WallTime now) const noexcept {
        return row_.ends <= rules_.time.floor(now) && !is_claimed(now);
    }
    bool is_rotation_due(WallTime now) const noexcept;
    // The token is the code on show or the one before it, and its time and grace are not over.
    bool is_scannable(std::string_view token, WallTime now) const;
    // Which of the seat's codes the token is; `none`: neither.
    SeatRow::TicketIs which(std::string_view token) const;

    // The ticket's token is at `where`.
    void scanned(const Ticket& ticket, SeatRow::TicketIs where);
    void confirmed(const Ticket& ticket, SeatRow::TicketIs where);

    // The window in which the code on show may be followed by the next: a code lives and has its grace
    // though it was followed early, because the room remembers one former code. Earliest ≤ latest.
    struct Window {
        Moment earliest;
        Moment latest;
    };
    Window rotation_window() const noexcept;

    // The frame of the present state, with the next seq.
    void append_present_frame(std::string& out, WallTime now);
    void append_denied_frame(std::string& out);
    void append_expired_frame(std::string& out);

    std::array<char, token_size> code_token() const;
    std::array<char, token_size> former_token() const;

private:
    void show(std::chrono::seconds life, WallTime now);
    std::uint32_t expiry(Moment code_ends) const noexcept;
    int factor() const noexcept { return row_.easy ? rules_.limits.easy_factor : 1; }

    SeatRow& row_;
    const SeatRules& rules_;
};

}  // namespace qrgate
