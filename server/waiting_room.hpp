// The seats of all waiting browsers: who waits, with which code, and what is pushed to them.
// Owned by App; I/O thread only. A waiting browser is a parked socket in the room's own epoll set, not a
// coroutine (docs/architecture.md), so waiting costs a row of 144 octets and nothing in the database;
// rotations of browsers that came together are spread over fifteen seconds, and work for what is due at once
// goes in pieces. A seat outlives its connection by 30 s, so that a browser which reconnects finds its code
// or its ticket. Bounds: seats in all, seats per address, 512 octets pending per browser (then it is dropped
// and resumes). The one invariant: at most one seat per pre-session; a newer connection supersedes the older
// (close 4001).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/random.hpp"
#include "protocol/token.hpp"
#include "server/clock.hpp"
#include "server/event_stream.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

class Transport;

struct WaitingRoomLimits {
    std::size_t seats = 200'000;
    std::size_t seats_per_address = 300;  // not counted for loopback when `loopback_is_free`
    bool loopback_is_free = false;
    std::chrono::seconds first_code{60};  // life of the first code shown,
    std::chrono::seconds next_codes{30};  // of those after it,
    std::chrono::seconds grace{5};        // and how much longer the server takes one
    std::chrono::seconds wait{300};       // of a browser nobody scans for
    std::chrono::seconds outlives{30};    // seat after its connection
    std::chrono::seconds ping{35};        // when nothing else was said for so long,
    std::chrono::seconds silence{55};     // unless the next code comes before so long
    int easy_factor = 4;                  // codes and wait, with easy=1
    // Over how long what comes due in the same sixteenth of a second is spread. 0: turns of the loop.
    std::chrono::microseconds spread{50'000};
};

// What the browser is, fixed at the upgrade.
struct Visitor {
    Digest pre_session_hash{};
    BrowserContext browser = {};
    bool easy = false;
    bool later = false;  // gets no new seat now: close 1013
};

class WaitingRoom {
public:
    // `public_url` is what goes in front of /s/TOKEN: https://login.example
    WaitingRoom(Executor executor, Clock& clock, Random& random, TokenRing ring, std::string public_url,
                WaitingRoomLimits limits);
    ~WaitingRoom();
    WaitingRoom(const WaitingRoom&) = delete;
    WaitingRoom& operator=(const WaitingRoom&) = delete;

    // From now on codes are made with its current key; seats keep those of the key before.
    void use_ring(const TokenRing& ring);

    // Takes over a connection after its 101 and writes the first frame: a fresh code, the seat's present one,
    // or the state of `open` (a ticket that storage still has for this pre-session, after a restart). Full:
    // close 1013.
    void seat(std::unique_ptr<Transport> transport, Visitor visitor, std::optional<Ticket> open);
    // The same as Server-Sent Events, after the head of their answer.
    void seat_stream(std::unique_ptr<Transport> transport, Visitor visitor, std::optional<Ticket> open);
    // The same as one long poll: the messages that came, none after `at_most` (real time). `after`: what the
    // browser has heard already; none: a new window, which supersedes what waited for this pre-session.
    struct Polled {
        std::vector<std::string> messages = {};
        std::string cursor = {};  // for the next poll; begins with the node's character
    };
    Task<Polled> poll(Visitor visitor, std::optional<Ticket> open, std::optional<PollCursor> after,
                      std::chrono::milliseconds at_most);
    // The first message for a new browser whose page is being made, so that its code is in the page. Its seat
    // waits for its connection as for one that comes back. nullopt: it gets none now, or has a seat already.
    std::optional<std::string> first_message(const Visitor& visitor);
    // Whether the wait of this pre-session ended within the last half minute: a stream or poll that comes
    // back after its close has nothing to wait for.
    bool has_ended(const Digest& pre_session_hash) const;

    // A seat seen from the phone's side. The token of a code that is shown or was shown within its grace.
    struct Waiting {
        std::string token = {};
        Digest pre_session_hash{};
        BrowserContext browser = {};
        bool easy = false;
    };
    // Claims the seat for one scan in memory, before the INSERT. Until release() or scanned(), others get
    // ticket_taken. By token (which the caller has checked) or by normal short code. ticket_expired: no seat,
    // or the code's life is over; ticket_taken: claimed or already scanned.
    Result<Waiting> claim(std::string_view token_or_short_code);
    void release(std::string_view token);  // the scan was refused or failed
    // The present token of the seat with that short code (normal form), claiming nothing; also after its
    // scan, when it is the ticket's. nullopt: no seat.
    std::optional<std::string> token_of(std::string_view short_code) const;

    // After the commit that decided it. Each finds the seat by the ticket's pre-session; no seat: nothing to
    // do.
    void scanned(const Ticket& ticket);
    void confirmed(const Ticket& ticket);
    void denied(const Ticket& ticket);                // frame, then a fresh code
    void cancelled(const Ticket& ticket);             // the browser asked: a fresh code
    void fresh_code(const Digest& pre_session_hash);  // the same without a ticket
    void expired(const Ticket& ticket);               // frame, close 4000, seat gone
    void redeemed(const Ticket& ticket);              // close 1000, seat gone

    // Says the present state again, with the next seq, to the seat of that token or short code; what load
    // tests push with. False: no such seat.
    bool push(std::string_view token_or_short_code);

    std::size_t seats() const noexcept;
    std::size_t connections() const noexcept;
    // Connections that hold more than their descriptor: output not yet taken, a frame half read.
    std::size_t lines_that_wait() const noexcept;

    // Looks at what is due now: rotation, ends, pings. The room's own timer calls it; so does a moved clock.
    void look_at_the_time();
    // Tells everybody 1001 and drops all seats. Nothing is taken afterwards.
    void stop();

private:
    struct State;
    std::shared_ptr<State> state_;  // what waits in Asio holds it weakly
};

}  // namespace qrgate
