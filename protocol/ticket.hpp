// The life of a ticket: one attempt of one browser to be logged in by a phone. Pure and total.
// The row begins at the scan; `live` (shown, nothing stored) is the waiting room's business.
// The diagram is ticket.md beside this file; tests/protocol/ticket_test.cpp compares the two.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/error.hpp"
#include "protocol/time.hpp"

namespace qrgate {

enum class TicketState : std::uint8_t {
    live,
    scanned,
    confirmed,
    redeemed,
    denied,
    cancelled,
    expired,
    dead
};
enum class TicketEvent : std::uint8_t {
    scan,             // a phone of level 3 with a usable certificate opened it
    confirm,          // the scanner's signature was right
    deny,             // the scanner refused
    wrong_signature,  // counted; the fifth kills
    redeem,           // the browser takes its session; with a typed code: the right one
    wrong_code,       // counted; the third kills
    cancel,           // the browser asked for another code
    timeout,          // the present deadline passed
};
enum class TicketActor : std::uint8_t { scanner, browser, clock, stranger };

std::string_view name_of(TicketState state) noexcept;
std::string_view name_of(TicketEvent event) noexcept;
std::optional<TicketState> ticket_state(std::string_view name) noexcept;
bool is_final(TicketState state) noexcept;

inline constexpr std::array all_ticket_states{
    TicketState::live,   TicketState::scanned,   TicketState::confirmed, TicketState::redeemed,
    TicketState::denied, TicketState::cancelled, TicketState::expired,   TicketState::dead};
inline constexpr std::array all_ticket_events{
    TicketEvent::scan,   TicketEvent::confirm,    TicketEvent::deny,   TicketEvent::wrong_signature,
    TicketEvent::redeem, TicketEvent::wrong_code, TicketEvent::cancel, TicketEvent::timeout};

// What the machine looks at; everything else of a ticket is storage's.
struct TicketLife {
    TicketState state = TicketState::live;
    WallTime deadline{};       // of the present state; a `timeout` before it is refused
    int wrong_signatures = 0;  // at most 5
    int wrong_codes = 0;       // at most 3
};

struct TicketTimes {
    std::chrono::seconds confirm{300};  // after the scan
    std::chrono::seconds redeem{60};    // after the confirmation
};

inline constexpr int max_wrong_signatures = 5;
inline constexpr int max_wrong_codes = 3;

// The next life, or why not: ticket_state (not possible now), ticket_expired (past the deadline),
// ticket_taken (a stranger scans an open ticket), ticket_unknown (anything else by the wrong actor; looked at
// first). `live` has no deadline here: how long a code can be scanned is the token's and the waiting room's
// business.
Result<TicketLife> apply(const TicketLife& life, TicketEvent event, TicketActor actor, WallTime now,
                         const TicketTimes& times = {});

}  // namespace qrgate
