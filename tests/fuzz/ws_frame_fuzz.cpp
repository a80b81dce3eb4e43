// However the octets are cut, the decoder gives the same frames, keeps its limits and never leaves input
// behind.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/ws_frame.hpp"

namespace {

struct Told {
    std::string frames;
    std::uint16_t close_code = 0;
    bool operator==(const Told&) const = default;
};

Told read(std::string_view input, std::size_t piece) {
    using Outcome = qrgate::FrameDecoder::Outcome;
    qrgate::FrameDecoder decoder;
    Told told;
    while (!input.empty()) {
        std::string_view part = input.substr(0, piece);
        input.remove_prefix(part.size());
        while (!part.empty()) {
            auto step = decoder.take(part);
            if (step.outcome == Outcome::broken) {
                told.close_code = step.close_code;
                return told;
            }
            if (step.outcome == Outcome::needs_more && !part.empty()) std::abort();
            if (step.outcome != Outcome::frame) continue;
            if (step.frame.payload.size() > qrgate::websocket_payload_limit) std::abort();
            told.frames += static_cast<char>(step.frame.opcode);
            told.frames += step.frame.payload;
            if (step.frame.opcode == qrgate::Opcode::close) qrgate::close_code_of(step.frame.payload);
        }
    }
    return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    Told whole = read(input, input.size());
    if (read(input, 1) != whole || read(input, 7) != whole) std::abort();
    return 0;
}
