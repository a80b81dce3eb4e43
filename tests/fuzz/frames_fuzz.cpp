// WebSocket frames: the same octets give the same frames however the network cuts them.
#include <string>
#include <vector>

#include "server/ws_frame.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

struct Read {
    std::vector<std::string> frames;
    std::uint16_t broken = 0;
    bool operator==(const Read&) const = default;
};

Read read(std::string_view octets, std::size_t piece) {
    FrameDecoder decoder;
    Read out;
    for (std::size_t at = 0; at < octets.size() && out.broken == 0; at += piece) {
        std::string_view part = octets.substr(at, piece);
        while (!part.empty() && out.broken == 0) {
            const auto step = decoder.take(part);
            if (step.outcome == FrameDecoder::Outcome::needs_more) break;
            if (step.outcome == FrameDecoder::Outcome::broken) {
                out.broken = step.close_code;
                break;
            }
            must(step.frame.payload.size() <= websocket_payload_limit, "a payload keeps the limit");
            out.frames.push_back(std::to_string(static_cast<int>(step.frame.opcode)) +
                                 (step.frame.final ? '!' : '+') + step.frame.payload);
            if (step.frame.opcode == Opcode::close) (void)close_code_of(step.frame.payload);
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = text_of(data, size);
    const Read whole = read(input, size == 0 ? 1 : size);
    must(read(input, 1) == whole, "octet by octet is the same");
    must(read(input, 3) == whole, "three at a time too");
    return 0;
}
