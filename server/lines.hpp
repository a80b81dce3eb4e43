// The connections of waiting browsers: bare descriptors in an epoll set of their own. What a line of a seat
// needs is in the seat's row; here is what only few need, under the descriptor: TLS, a frame half read,
// output that the peer has not taken (512 octets, then the line is gone), the farewell of a line that ends.
// A plain line that waits costs its descriptor and nothing else. Owned by the waiting room, which polls
// `epoll()` and hands on what it reports; I/O thread. Nothing here waits, calls the room or knows a rule.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/time.hpp"
#include "server/chunked_table.hpp"
#include "server/event_stream.hpp"
#include "server/transport.hpp"
#include "server/ws_frame.hpp"

namespace qrgate {

inline constexpr std::size_t pending_limit = 512;
// How long a line may owe the acknowledgement of what was said to it (RFC 5482).
inline constexpr std::chrono::milliseconds gone_after{75'000};

// A line as its seat's row has it. `seat` is what epoll reports; no_row: the line only says goodbye.
struct Line {
    int descriptor = -1;
    RowNo seat = no_row;
    bool is_stream = false;  // Server-Sent Events; else a WebSocket
};

// What is to be said, with room for what the line puts in front: made once, used for every push.
class Message {
public:
    Message();
    // Begins anew: the frame is to be appended to what this returns.
    std::string& begin();
    std::string_view text() const { return std::string_view(octets_).substr(head_room); }

private:
    friend class Lines;
    static constexpr std::size_t head_room = 48;  // "id: ", 20 digits, "\ndata: "; or a WebSocket head
    std::string_view framed(bool is_stream, std::uint64_t seq);

    std::string octets_;
};

class Lines {
public:
    enum class Health : std::uint8_t { well, ending, gone };

    Lines();
    ~Lines();
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    int epoll() const noexcept { return epoll_; }

    // Takes over the connection. False: it could not be, and is closed.
    bool add(const ParkedSocket& socket, const Line& line);

    // Of lines that are well; `gone`: to be closed.
    Health say(const Line& line, std::uint64_t seq, Message& message);
    Health keep_alive(const Line& line);
    // The descriptor is readable or writable: reads all there is, answers, writes what waits. `ending`: the
    // close was said; `heard`: the peer said something.
    struct Turn {
        Health health = Health::well;
        bool heard = false;
    };
    Turn turn(const Line& line);

    // Says the close, and lets the line go when the peer has closed too, or at `until`.
    void end(const Line& line, Ending why, WallTime until);
    // The same for a line that has said it.
    void leave(const Line& line, WallTime until);
    void look_at_leaving(WallTime now);
    void turn_leaving(int descriptor);

    void close(int descriptor);
    // Closes what says goodbye.
    void close_leaving();

    // Lines that hold more than a descriptor, and those that say goodbye.
    std::size_t busy() const noexcept { return busy_.size(); }
    std::size_t leaving() const noexcept { return leaving_.size(); }

private:
    struct Busy {
        std::string pending = {};  // not yet taken by the socket
        FrameDecoder decoder{};
        bool polls_writes = false;
        bool read_wants_write = false;  // TLS: the engine must write before it can read,
        bool write_wants_read = false;  // or the other way round
        bool said_goodbye = false;      // with the last of `pending` the sending side ends
    };

    TlsEnd& tls_of(int descriptor, TlsEnd& plain);
    Health send(const Line& line, std::string_view octets);
    Health flush(int descriptor, Busy& busy);
    Health say_goodbye(const Line& line, std::uint16_t code);
    Turn read_all(const Line& line);
    Health hear(const Line& line, std::string_view octets, FrameDecoder& decoder, bool ending);
    Health answer(const Line& line, const ClientFrame& frame, bool ending);
    void settle(const Line& line);
    void watch(const Line& line, bool writes, int operation);

    int epoll_;
    std::unordered_map<int, TlsEnd> tls_ = {};
    std::unordered_map<int, Busy> busy_ = {};
    struct Leaving {
        WallTime until{};
        bool is_stream = false;
    };
    std::unordered_map<int, Leaving> leaving_ = {};
    std::deque<std::pair<WallTime, int>> leaving_order_ = {};
};

}  // namespace qrgate
