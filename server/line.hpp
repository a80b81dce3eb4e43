// A connection to one waiting browser, as the waiting room sees it: what is said goes out framed in the
// connection's own way. WebSocketLine is the way of /ws/qr; Server-Sent Events and long poll are in
// event_stream.hpp. Owned by the waiting room; I/O thread. Nothing here waits: the room polls the descriptor
// and tells. Output that the peer does not take is bounded: over 512 octets the line is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/transport.hpp"
#include "server/ws_frame.hpp"

namespace qrgate {

inline constexpr std::size_t pending_limit = 512;

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

class Line {
public:
    enum class Health : std::uint8_t {
        well,
        ending,  // the close was said; only the peer's is awaited
        gone,    // to be forgotten
    };

    virtual ~Line() = default;
    // One message of the room, `seq` the number in it. Ignored unless well.
    virtual void say(std::uint64_t seq, std::string_view message) = 0;
    virtual void end(Ending why) = 0;
    virtual void keep_alive() = 0;
    // The descriptor is readable or writable: reads all there is, writes what waits.
    virtual void turn() = 0;

    virtual Health health() const noexcept = 0;
    virtual bool wants_to_write() const noexcept = 0;
    // -1: none that the room could poll.
    virtual int descriptor() const noexcept = 0;
    // Whether the peer was heard since the last call; always, where it has no way to answer.
    virtual bool take_heard() noexcept = 0;
};

// A parked transport: what every line over a socket of its own does with it.
class ParkedLine : public Line {
public:
    explicit ParkedLine(std::unique_ptr<Transport> transport);

    void end(Ending why) override;
    void turn() override;
    Health health() const noexcept override { return health_; }
    bool wants_to_write() const noexcept override {
        return read_wants_write_ || (!pending_.empty() && !write_wants_read_);
    }
    int descriptor() const noexcept override { return descriptor_; }

protected:
    void send(std::string_view octets);
    // Says it and ends: only the peer's end is awaited then.
    void send_last(std::string_view octets);
    void be_gone() noexcept { health_ = Health::gone; }
    // The line's own way to say that it ends, and what to do with what the peer sends.
    virtual std::string farewell(std::uint16_t code) const = 0;
    virtual void hear(std::string_view octets) = 0;

private:
    void flush();
    void read_all();

    std::unique_ptr<Transport> transport_;
    std::string pending_;  // not yet taken by the socket
    int descriptor_;
    Health health_ = Health::well;
    bool read_wants_write_ = false;  // TLS: the engine must write before it can read,
    bool write_wants_read_ = false;  // or the other way round
};

class WebSocketLine final : public ParkedLine {
public:
    // Parks the transport.
    using ParkedLine::ParkedLine;

    void say(std::uint64_t seq, std::string_view message) override;
    void keep_alive() override;
    bool take_heard() noexcept override;

private:
    std::string farewell(std::uint16_t code) const override;
    void hear(std::string_view octets) override;
    void answer(const ClientFrame& frame);
    void close_with(std::uint16_t code);

    FrameDecoder decoder_;
    bool heard_ = false;
};

}  // namespace qrgate
