// Reads a server's WebSocket frames (RFC 6455, client side) from octets as they come, and makes the client's.
// Written apart from the server's codec on purpose: a bench that shares the codec shares its faults. Keeps
// nothing between whole messages. No I/O. After an error it is of no more use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qrgate::bench {

struct WsMessage {
    enum class Kind : std::uint8_t { text, binary, close, ping, pong };
    Kind kind = Kind::text;
    std::string payload = {};
    int close_code() const;  // 1005 where there is none
};

class WsReader {
public:
    void put(std::string_view octets) { waiting_.append(octets); }
    // The next whole message of what was put; nullopt: more is needed, or broken().
    std::optional<WsMessage> next();
    bool broken() const noexcept { return broken_; }

private:
    std::optional<WsMessage> fail();
    void forget();

    std::string waiting_{};
    std::string fragments_{};  // of a message whose last frame has not come
    std::uint8_t fragments_opcode_ = 0;
    bool broken_ = false;
};

// One whole masked frame.
std::string client_frame(WsMessage::Kind kind, std::string_view payload, std::uint32_t mask);

// The request that asks for the upgrade; extra: further header lines, each with its \r\n.
std::string upgrade_request(std::string_view path, std::string_view host, std::string_view extra);

}  // namespace qrgate::bench
