#include "bench/ws_reader.hpp"

#include <fmt/format.h>

#include <array>

namespace qrgate::bench {
namespace {

constexpr std::size_t longest_message = std::size_t{64} * 1024;
constexpr std::uint8_t continuation = 0;

std::uint8_t octet(const std::string& text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

std::uint8_t opcode_of(WsMessage::Kind kind) {
    switch (kind) {
        case WsMessage::Kind::text:
            return 1;
        case WsMessage::Kind::binary:
            return 2;
        case WsMessage::Kind::close:
            return 8;
        case WsMessage::Kind::ping:
            return 9;
        case WsMessage::Kind::pong:
            return 10;
    }
    return 0;
}

std::optional<WsMessage::Kind> kind_of(std::uint8_t opcode) {
    for (auto kind : {WsMessage::Kind::text, WsMessage::Kind::binary, WsMessage::Kind::close,
                      WsMessage::Kind::ping, WsMessage::Kind::pong})
        if (opcode_of(kind) == opcode) return kind;
    return std::nullopt;
}

}  // namespace

int WsMessage::close_code() const {
    return payload.size() < 2 ? 1005 : (octet(payload, 0) << 8 | octet(payload, 1));
}

std::optional<WsMessage> WsReader::fail() {
    broken_ = true;
    forget();
    return std::nullopt;
}

// An idle browser keeps no buffer.
void WsReader::forget() {
    waiting_.clear();
    waiting_.shrink_to_fit();
}

std::optional<WsMessage> WsReader::next() {
    while (!broken_ && waiting_.size() >= 2) {
        const bool last = (octet(waiting_, 0) & 0x80U) != 0;
        const auto opcode = static_cast<std::uint8_t>(octet(waiting_, 0) & 0x0FU);
        if ((octet(waiting_, 0) & 0x70U) != 0) return fail();  // nothing was agreed that would use them
        if ((octet(waiting_, 1) & 0x80U) != 0) return fail();  // 5.1: a server does not mask
        std::size_t length = octet(waiting_, 1) & 0x7FU;
        std::size_t head = 2;
        const bool control = opcode >= 8;
        if (control && (length > 125 || !last)) return fail();  // 5.5
        if (length >= 126) {
            const std::size_t more = length == 126 ? 2 : 8;
            if (waiting_.size() < head + more) return std::nullopt;
            const std::size_t least = length == 126 ? 126 : 65536;
            length = 0;
            for (std::size_t at = 0; at < more; ++at)
                length = length << 8 | octet(waiting_, head + at);
            head += more;
            if (length < least) return fail();  // 5.2: the shortest form
        }
        if (length > longest_message || fragments_.size() + length > longest_message) return fail();
        if (waiting_.size() < head + length) return std::nullopt;
        std::string payload = waiting_.substr(head, length);
        waiting_.erase(0, head + length);
        if (waiting_.empty()) forget();

        if (control) {
            auto kind = kind_of(opcode);
            if (!kind || (*kind == WsMessage::Kind::close && length == 1)) return fail();
            return WsMessage{.kind = *kind, .payload = std::move(payload)};
        }
        const bool goes_on = opcode == continuation;
        if (goes_on != (fragments_opcode_ != 0) || opcode > 2) return fail();  // 5.4
        if (!goes_on) fragments_opcode_ = opcode;
        fragments_ += payload;
        if (!last) continue;
        WsMessage message{.kind = *kind_of(fragments_opcode_), .payload = std::move(fragments_)};
        fragments_ = {};
        fragments_opcode_ = 0;
        return message;
    }
    return std::nullopt;
}

std::string client_frame(WsMessage::Kind kind, std::string_view payload, std::uint32_t mask) {
    std::string frame;
    frame += static_cast<char>(0x80U | opcode_of(kind));
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80U | payload.size());
    } else {
        frame += static_cast<char>(0x80U | 126U);
        frame += static_cast<char>(payload.size() >> 8 & 0xFFU);
        frame += static_cast<char>(payload.size() & 0xFFU);
    }
    std::array<std::uint8_t, 4> key{};
    for (std::size_t at = 0; at < 4; ++at) {
        key[at] = static_cast<std::uint8_t>(mask >> (8 * at) & 0xFFU);
        frame += static_cast<char>(key[at]);
    }
    for (std::size_t at = 0; at < payload.size(); ++at)
        frame += static_cast<char>(static_cast<std::uint8_t>(payload[at]) ^ key[at % 4]);
    return frame;
}

std::string upgrade_request(std::string_view path, std::string_view host, std::string_view extra) {
    // The key need not be fresh here: nobody caches between us and the server.
    return fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
        "13\r\n"
        "Sec-WebSocket-Key: cXJnYXRlLWJlbmNoLWtleQ==\r\n{}\r\n",
        path, host, extra);
}

}  // namespace qrgate::bench
