// What a WebSocket client sends, octet by octet (RFC 6455, 5.2), for tests of the server's side.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qrgate::client_frames {

inline constexpr unsigned fin = 0x80, text = 1, binary = 2, close = 8, ping = 9, pong = 10;

// A masked frame; `first` is its first octet; `length` is how the length is spelled: 7, 16 or 64 bits, 0: the
// shortest.
inline std::string masked(unsigned first, std::string_view payload, int length = 0) {
    std::string out(1, static_cast<char>(first));
    if (length == 0) length = payload.size() < 126 ? 7 : payload.size() < 65536 ? 16 : 64;
    if (length == 7) {
        out += static_cast<char>(0x80u | payload.size());
    } else {
        out += static_cast<char>(0x80u | (length == 16 ? 126u : 127u));
        for (int shift = length - 8; shift >= 0; shift -= 8)
            out += static_cast<char>(payload.size() >> shift & 0xffu);
    }
    const char mask[] = {0x11, 0x22, 0x33, 0x44};
    out.append(mask, 4);
    for (std::size_t i = 0; i < payload.size(); ++i)
        out += static_cast<char>(payload[i] ^ mask[i % 4]);
    return out;
}

// A message cut into fragments of `piece` octets.
inline std::string fragmented(unsigned opcode, std::string_view payload, std::size_t piece) {
    std::string out;
    for (std::size_t at = 0; at == 0 || at < payload.size(); at += piece) {
        const bool last = at + piece >= payload.size();
        out += masked((last ? fin : 0) | (at == 0 ? opcode : 0), payload.substr(at, piece));
    }
    return out;
}

inline std::string close_payload(unsigned code, std::string_view reason = {}) {
    std::string out;
    out += static_cast<char>(code >> 8U);
    out += static_cast<char>(code & 0xffU);
    return out.append(reason);
}

}  // namespace qrgate::client_frames
