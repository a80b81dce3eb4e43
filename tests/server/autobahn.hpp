// What the tests of the Autobahn cases share: a frame codec that is asked as a server would ask it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/ws_frame.hpp"
#include "tests/server/client_frames.hpp"

namespace qrgate::autobahn {

using Said = std::vector<std::string>;

// What a server would do with these octets, arriving in pieces: "text …", "binary …", "pong …" (to a ping),
// "close CODE" (answered), "fail CODE" (the connection is failed). Nothing is read after the last two.
inline Said hear(std::string_view octets, std::size_t piece = 1 << 30) {
    FrameDecoder decoder(32 << 20);
    Said said;
    std::string message;
    std::string kind;
    for (std::size_t at = 0; at < octets.size(); at += piece) {
        std::string_view part = octets.substr(at, piece);
        while (!part.empty()) {
            auto step = decoder.take(part);
            if (step.outcome == FrameDecoder::Outcome::needs_more) break;
            if (step.outcome == FrameDecoder::Outcome::broken) {
                said.push_back("fail " + std::to_string(step.close_code));
                return said;
            }
            const ClientFrame& frame = step.frame;
            if (frame.opcode == Opcode::close) {
                said.push_back("close " + std::to_string(close_code_of(frame.payload)));
                return said;
            }
            if (frame.opcode == Opcode::ping) said.push_back("pong " + frame.payload);
            if (frame.opcode == Opcode::ping || frame.opcode == Opcode::pong) continue;
            if (frame.opcode != Opcode::continuation) {
                kind = frame.opcode == Opcode::text ? "text " : "binary ";
                message.clear();
            }
            message += frame.payload;
            if (frame.final) said.push_back(kind + message);
        }
    }
    return said;
}

}  // namespace qrgate::autobahn
