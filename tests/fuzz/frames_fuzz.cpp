// WebSocket frames: the same octets give the same frames however the network cuts them; text that is passed
// on is text, over all its fragments; what is refused is refused for one of the RFC's reasons.
#include <algorithm>
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

// In pieces, the first one of another size.
Read read(std::string_view octets, std::size_t piece, std::size_t first) {
    FrameDecoder decoder;
    Read out;
    Utf8Stream text;
    bool in_text = false;
    std::size_t next = 0;
    for (std::size_t at = 0; at < octets.size() && out.broken == 0; at = next) {
        next = at + (at == 0 ? first : piece);
        std::string_view part = octets.substr(at, next - at);
        while (!part.empty() && out.broken == 0) {
            const auto step = decoder.take(part);
            if (step.outcome == FrameDecoder::Outcome::needs_more) break;
            if (step.outcome == FrameDecoder::Outcome::broken) {
                out.broken = step.close_code;
                must(out.broken == 1002 || out.broken == 1007 || out.broken == 1009, "a code of the RFC");
                must(!decoder.is_idle(), "a broken decoder is kept");
                break;
            }
            must(step.frame.payload.size() <= websocket_payload_limit, "a payload keeps the limit");
            out.frames.push_back(std::to_string(static_cast<int>(step.frame.opcode)) +
                                 (step.frame.final ? '!' : '+') + step.frame.payload);
            if (step.frame.opcode == Opcode::text || step.frame.opcode == Opcode::binary) {
                in_text = step.frame.opcode == Opcode::text;
                text = {};
            }
            if (in_text && step.frame.opcode <= Opcode::binary) {
                must(text.take(step.frame.payload), "text is UTF-8");
                must(!step.frame.final || text.is_complete(), "text ends with a character");
            }
            if (step.frame.opcode == Opcode::close) (void)close_code_of(step.frame.payload);
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = text_of(data, size);
    const std::size_t all = size == 0 ? 1 : size;
    const Read whole = read(input, all, all);
    must(read(input, 1, 1) == whole, "octet by octet is the same");
    must(read(input, 3, 3) == whole, "three at a time too");
    // In two pieces, cut everywhere in the first frames and once behind them.
    for (std::size_t cut = 1; cut < std::min<std::size_t>(size, 40); ++cut)
        must(read(input, all, cut) == whole, "cut in two is the same");
    if (size > 1) must(read(input, all, 1 + data[0] * size / 257) == whole, "wherever it is cut");
    return 0;
}
