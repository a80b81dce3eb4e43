// The waiting browser where WebSockets do not get through: Server-Sent Events (WHATWG HTML, 9.2) on a parked
// connection, and the long poll. Same seats, same messages as /ws/qr (docs/protocol.md sections 3 and 4); the
// close is the message {"type":"closed","code":N}. Owned by the waiting room; I/O thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/line.hpp"

namespace qrgate {

// The id of the last event of a stream: who comes back with it has been told that it is over.
inline constexpr std::string_view closed_event_id = "closed";

std::string closed_message(Ending why);

class EventStreamLine final : public ParkedLine {
public:
    using ParkedLine::ParkedLine;

    void say(std::uint64_t seq, std::string_view message) override;
    void keep_alive() override;  // a comment; a peer that is gone shows when it is not taken
    bool take_heard() noexcept override { return true; }

private:
    std::string farewell(std::uint16_t code) const override;
    void hear(std::string_view octets) override;
};

// What one long poll waits for: shared by the request's coroutine and its line, whichever ends first.
struct Mailbox {
    explicit Mailbox(const asio::any_io_executor& executor) : wake(executor) {}
    std::vector<std::string> messages = {};
    bool closed = false;  // the last message is the close
    asio::steady_timer wake;
};

class PollLine final : public Line {
public:
    explicit PollLine(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}

    void say(std::uint64_t seq, std::string_view message) override;
    void end(Ending why) override;
    void keep_alive() override {}
    void turn() override {}
    Health health() const noexcept override { return mailbox_->closed ? Health::gone : Health::well; }
    bool wants_to_write() const noexcept override { return false; }
    int descriptor() const noexcept override { return -1; }
    bool take_heard() noexcept override { return true; }

private:
    std::shared_ptr<Mailbox> mailbox_;
};

// Where a poll goes on: <node><window>-<seq>, or the bare seq of the last message. `window` 0: not said.
struct PollCursor {
    std::uint64_t window = 0;
    std::uint64_t seq = 0;
};
std::string poll_cursor(char node, PollCursor cursor);
std::optional<PollCursor> parse_poll_cursor(std::string_view text) noexcept;

}  // namespace qrgate
