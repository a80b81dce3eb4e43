#include "protocol/ticket.hpp"

namespace qrgate {
namespace {

TicketActor actor_of(TicketEvent event) noexcept {
    switch (event) {
        case TicketEvent::scan:
        case TicketEvent::confirm:
        case TicketEvent::deny:
        case TicketEvent::wrong_signature:
            return TicketActor::scanner;
        case TicketEvent::redeem:
        case TicketEvent::wrong_code:
        case TicketEvent::cancel:
            return TicketActor::browser;
        case TicketEvent::timeout:
            return TicketActor::clock;
    }
    return TicketActor::stranger;
}

TicketLife moved(TicketLife life, TicketState state) {
    life.state = state;
    return life;
}

TicketLife moved(TicketLife life, TicketState state, WallTime deadline) {
    life.state = state;
    life.deadline = deadline;
    return life;
}

Result<TicketLife> from_live(const TicketLife& life, TicketEvent event, WallTime now,
                             const TicketTimes& times) {
    switch (event) {
        case TicketEvent::scan:
            return moved(life, TicketState::scanned, now + times.confirm);
        case TicketEvent::confirm:
        case TicketEvent::deny:
        case TicketEvent::wrong_signature:
        case TicketEvent::redeem:
        case TicketEvent::wrong_code:
        case TicketEvent::cancel:
        case TicketEvent::timeout:
            return Errc::ticket_state;
    }
    return Errc::ticket_state;
}

Result<TicketLife> from_scanned(TicketLife life, TicketEvent event, WallTime now, const TicketTimes& times) {
    switch (event) {
        case TicketEvent::scan:
            return life;
        case TicketEvent::confirm:
            return moved(life, TicketState::confirmed, now + times.redeem);
        case TicketEvent::deny:
            return moved(life, TicketState::denied);
        case TicketEvent::wrong_signature:
            ++life.wrong_signatures;
            return life.wrong_signatures < max_wrong_signatures ? life : moved(life, TicketState::dead);
        case TicketEvent::cancel:
            return moved(life, TicketState::cancelled);
        case TicketEvent::timeout:
            return moved(life, TicketState::expired);
        case TicketEvent::redeem:
        case TicketEvent::wrong_code:
            return Errc::ticket_state;
    }
    return Errc::ticket_state;
}

Result<TicketLife> from_confirmed(TicketLife life, TicketEvent event) {
    switch (event) {
        case TicketEvent::redeem:
            return moved(life, TicketState::redeemed);
        case TicketEvent::wrong_code:
            ++life.wrong_codes;
            return life.wrong_codes < max_wrong_codes ? life : moved(life, TicketState::dead);
        case TicketEvent::cancel:
            return moved(life, TicketState::cancelled);
        case TicketEvent::timeout:
            return moved(life, TicketState::expired);
        case TicketEvent::scan:
        case TicketEvent::confirm:
        case TicketEvent::deny:
        case TicketEvent::wrong_signature:
            return Errc::ticket_state;
    }
    return Errc::ticket_state;
}

}  // namespace

std::string_view name_of(TicketState state) noexcept {
    switch (state) {
        case TicketState::live:
            return "live";
        case TicketState::scanned:
            return "scanned";
        case TicketState::confirmed:
            return "confirmed";
        case TicketState::redeemed:
            return "redeemed";
        case TicketState::denied:
            return "denied";
        case TicketState::cancelled:
            return "cancelled";
        case TicketState::expired:
            return "expired";
        case TicketState::dead:
            return "dead";
    }
    return "";
}

std::string_view name_of(TicketEvent event) noexcept {
    switch (event) {
        case TicketEvent::scan:
            return "scan";
        case TicketEvent::confirm:
            return "confirm";
        case TicketEvent::deny:
            return "deny";
        case TicketEvent::wrong_signature:
            return "wrong_signature";
        case TicketEvent::redeem:
            return "redeem";
        case TicketEvent::wrong_code:
            return "wrong_code";
        case TicketEvent::cancel:
            return "cancel";
        case TicketEvent::timeout:
            return "timeout";
    }
    return "";
}

std::optional<TicketState> ticket_state(std::string_view name) noexcept {
    for (const auto state : all_ticket_states)
        if (name_of(state) == name) return state;
    return {};
}

bool is_final(TicketState state) noexcept {
    switch (state) {
        case TicketState::live:
        case TicketState::scanned:
        case TicketState::confirmed:
            return false;
        case TicketState::redeemed:
        case TicketState::denied:
        case TicketState::cancelled:
        case TicketState::expired:
        case TicketState::dead:
            return true;
    }
    return true;
}

Result<TicketLife> apply(const TicketLife& life, TicketEvent event, TicketActor actor, WallTime now,
                         const TicketTimes& times) {
    const bool open = life.state == TicketState::scanned || life.state == TicketState::confirmed;
    // A second phone before the same code is the one stranger who is told what happened.
    const bool second_phone = event == TicketEvent::scan && actor == TicketActor::stranger && open;
    if (actor != actor_of(event) && !second_phone) return Errc::ticket_unknown;
    if (is_final(life.state)) return Errc::ticket_state;
    if (open) {
        const bool over = now >= life.deadline;
        if (event == TicketEvent::timeout && !over) return Errc::ticket_state;
        if (event != TicketEvent::timeout && over) return Errc::ticket_expired;
    }
    if (second_phone) return Errc::ticket_taken;

    switch (life.state) {
        case TicketState::live:
            return from_live(life, event, now, times);
        case TicketState::scanned:
            return from_scanned(life, event, now, times);
        case TicketState::confirmed:
            return from_confirmed(life, event);
        case TicketState::redeemed:
        case TicketState::denied:
        case TicketState::cancelled:
        case TicketState::expired:
        case TicketState::dead:
            break;
    }
    return Errc::ticket_state;
}

}  // namespace qrgate
