// What one waiting browser costs: a row of the seat table, 136 octets, and four places in three indexes,
// which are 8 more. With the descriptor nothing else belongs to a browser that waits over a plain WebSocket
// or stream; what only few need (a long poll's mailbox, a half-read frame, output that the peer does not
// take, TLS) is in side tables under the row or the descriptor. Trivially copyable. Times:
// server/room_time.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "protocol/token.hpp"
#include "server/room_time.hpp"
#include "server/timer_wheel.hpp"

namespace qrgate {

struct SeatRow {
    enum class State : std::uint8_t { vacant, showing, scanned, confirmed };
    // Where the token of the scanned ticket is: `elsewhere` is the table's side map.
    enum class TicketIs : std::uint8_t { none, code, former, elsewhere };

    Digest pre_session_hash{};
    // A code's token without what follows from the ring and from the code's end.
    TokenParts::Chance code{};
    TokenParts::Chance former{};
    TokenParts::Mac code_mac{};
    PackedShortCode short_code{};

    State state : 2 = State::vacant;
    TicketIs ticket : 2 = TicketIs::none;
    bool has_code : 1 = false;
    bool has_former : 1 = false;
    bool needs_code : 1 = false;
    bool easy : 1 = false;
    bool is_stream : 1 = false;       // of the connection: Server-Sent Events
    bool heard : 1 = false;           // the peer said something since the last ping
    std::uint8_t unanswered : 2 = 0;  // pings
    bool is_polled : 1 = false;       // has a place in the side table of long polls
    bool has_planned_rotation : 1 = false;
    bool code_key_odd : 1 = false;  // which of the ring's keys made the code
    bool former_key_odd : 1 = false;

    std::uint32_t seq = 0;  // of the last frame, over all connections of the seat
    Moment ends = 0;        // of the wait, or of the ticket's present state
    Moment code_ends = 0;
    Moment former_ends = 0;
    Moment rotates = never;
    Moment claimed_until = 0;
    Moment line_due = never;  // with a connection: the next ping; without: the seat goes
    Moment started_at = 0;
    std::int32_t descriptor = -1;
    RowNo address = no_row;  // words of the table
    RowNo browser = no_row;
    WheelLinks wheel{};
    RowNo next_of_pre_session = no_row;  // links of the indexes
    RowNo next_of_code = no_row;
    RowNo next_of_former = no_row;
    RowNo next_of_short_code = no_row;
};

static_assert(std::is_trivially_copyable_v<SeatRow>);
static_assert(sizeof(SeatRow) <= 136, "a seat has grown over its budget (docs/decisions.md)");

}  // namespace qrgate
