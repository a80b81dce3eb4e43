// Frames of RFC 6455, server side, without a socket: reads masked client frames, writes unmasked server
// frames. Values; one decoder per connection, no buffer while idle (then it need not be kept at all: it is as
// it was made). Pure, any thread. Refused as the RFC says: unmasked frames, reserved bits, unknown opcodes,
// long or split control frames, lengths not in their shortest form, continuations of nothing, bad close
// codes: 1002; text, over all its fragments, and close reasons that are no UTF-8: 1007, at the first octet
// that shows it; messages longer than the decoder's limit: 1009.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/utf8_stream.hpp"

namespace qrgate {

inline constexpr std::size_t websocket_payload_limit = 512;

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct ClientFrame {
    Opcode opcode = Opcode::text;
    bool final = true;
    std::string payload = {};
};

class FrameDecoder {
public:
    // `limit`: octets of payload in a message, over all its fragments.
    explicit FrameDecoder(std::uint32_t limit = websocket_payload_limit) : limit_(limit) {}

    enum class Outcome : std::uint8_t { needs_more, frame, broken };
    struct Step {
        Outcome outcome = Outcome::needs_more;
        ClientFrame frame = {};
        std::uint16_t close_code = 0;  // of broken: what to tell the peer; nothing more is read then
    };

    // Takes octets off the front of `input`, up to the end of one frame.
    Step take(std::string_view& input);
    // Between two messages, with nothing half read.
    bool is_idle() const noexcept { return have_ == 0 && !in_message_ && !broken_; }

private:
    Step broken(std::uint16_t close_code);
    // The length of the head as far as it can be known from what is there: 2, 4 or 10, and 4 of mask.
    std::size_t head_size() const noexcept;
    std::uint16_t check_head() const noexcept;  // 0: fine
    std::uint64_t payload_size() const noexcept;
    // Unmasks and checks what came of the payload; 0: fine.
    std::uint16_t take_payload(std::string_view masked);
    Step finish();

    std::array<unsigned char, 14> head_{};
    std::uint8_t have_ = 0;  // octets of the head
    bool in_payload_ = false;
    bool in_message_ = false;  // a data frame without FIN came
    bool in_text_ = false;     // that message is text
    bool broken_ = false;
    Utf8Stream utf8_{};
    std::uint32_t limit_;
    std::uint32_t message_size_ = 0;  // of the fragments so far
    std::string payload_{};
};

// The head of an unmasked final frame, written to the end of its room; returns its size, 2, 4 or 10.
inline constexpr std::size_t longest_server_head = 10;
std::size_t write_server_head(std::span<char, longest_server_head> room, Opcode opcode, std::size_t payload);
std::string server_frame(Opcode opcode, std::string_view payload);
std::string close_frame(std::uint16_t code);
// What a peer's close frame says: its code, 1005 when it says none, 1002 or 1007 when it is malformed.
std::uint16_t close_code_of(std::string_view payload);

}  // namespace qrgate
