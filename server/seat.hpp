// One waiting browser: what is shown to it, which codes a phone may scan, and until when. Values and rules
// without I/O; the waiting room owns the seats, asks them what to say, and says it. I/O thread. States:
// showing (a live code) → claimed for one scan → scanned → confirmed; back to showing by a fresh wait. `seq`
// counts what was said to this browser, over all its connections.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/token.hpp"
#include "server/waiting_room.hpp"

namespace qrgate {

// What seats are made with; the waiting room's own.
struct SeatRules {
    const WaitingRoomLimits& limits;
    const TokenRing& ring;
    const std::string& public_url;
    Random& random;
};

class Seat {
public:
    enum class State : std::uint8_t { showing, scanned, confirmed };

    // A code on show or just gone; scannable until `ends` and the grace.
    struct Code {
        std::string token = {};
        WallTime ends{};
    };

    Seat(const Visitor& visitor, const SeatRules& rules, WallTime now);
    // Takes up a ticket that storage still has open.
    Seat(const Visitor& visitor, const Ticket& open);

    // The whole wait from its beginning: new code, new short code.
    void start_wait(const SeatRules& rules, WallTime now);
    void rotate(const SeatRules& rules, WallTime now);

    bool claim(WallTime now);  // false: claimed, or scanned already
    void release() noexcept { claimed_until_ = {}; }
    bool is_claimed(WallTime now) const noexcept { return claimed_until_ > now; }
    bool is_scannable(std::string_view token, const SeatRules& rules, WallTime now) const;

    void scanned(const Ticket& ticket);
    void confirmed(const Ticket& ticket);
    bool is_of(const Ticket& ticket) const noexcept { return ticket_ == ticket.token; }

    // The frame of the present state, with the next seq.
    std::string present_frame(const SeatRules& rules, WallTime now);
    std::string denied_frame();
    std::string expired_frame();

    // The next moment at which something is to be done: rotation, the end of the wait or of the ticket.
    WallTime due() const noexcept;
    bool is_over(WallTime now) const noexcept { return ends_ <= now && !is_claimed(now); }
    bool is_rotation_due(WallTime now) const noexcept;

    std::uint64_t seq() const noexcept { return seq_; }  // of the last frame
    State state() const noexcept { return state_; }
    const Digest& pre_session_hash() const noexcept { return visitor_.pre_session_hash; }
    const Visitor& visitor() const noexcept { return visitor_; }
    void set_visitor(const Visitor& visitor) { visitor_ = visitor; }
    const Code& code() const noexcept { return code_; }
    const Code& former_code() const noexcept { return former_; }
    const std::string& short_code() const noexcept { return short_code_; }
    std::string_view token() const noexcept { return ticket_.empty() ? code_.token : ticket_; }

private:
    void show(const SeatRules& rules, std::chrono::seconds life, WallTime now);

    Visitor visitor_;
    State state_ = State::showing;
    bool needs_code_ = false;
    Code code_{};
    Code former_{};
    std::string short_code_{};
    std::string ticket_{};  // its token, once scanned
    WallTime ends_{};       // of the wait, or of the ticket's present state
    std::optional<WallTime> rotates_{};
    WallTime claimed_until_{};
    std::uint64_t seq_ = 0;
};

}  // namespace qrgate
