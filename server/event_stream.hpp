// How a wait ends, and the waiting browser where WebSockets do not get through: Server-Sent Events (WHATWG
// HTML, 9.2) and the long poll. Same seats, same messages as /ws/qr (docs/protocol.md sections 3 and 4); the
// close is the message {"type":"closed","code":N}. Values; I/O thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/task.hpp"

namespace qrgate {

// Why the server ends a line (docs/protocol.md section 4, close codes).
enum class Ending : std::uint16_t {
    done = 1000,
    going_away = 1001,
    wrong_frame = 1002,
    no_data_please = 1008,
    too_big = 1009,
    full = 1013,
    wait_over = 4000,
    superseded = 4001,
};

// The id of the last event of a stream: who comes back with it has been told that it is over.
inline constexpr std::string_view closed_event_id = "closed";

std::string closed_message(Ending why);
std::string closed_event(Ending why);

// What one long poll waits for: shared by the request's coroutine and its seat, whichever ends first.
struct Mailbox {
    explicit Mailbox(const Executor& executor) : wake(executor) {}
    void say(std::string_view message);
    void end(Ending why);

    std::vector<std::string> messages = {};
    bool closed = false;  // the last message is the close
    Timer wake;
};

// Where a poll goes on: <node><window>-<seq>, or the bare seq of the last message. `window` 0: not said.
struct PollCursor {
    std::uint64_t window = 0;
    std::uint64_t seq = 0;
};
std::string poll_cursor(char node, PollCursor cursor);
std::optional<PollCursor> parse_poll_cursor(std::string_view text) noexcept;

}  // namespace qrgate
