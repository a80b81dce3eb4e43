#include "server/ws_frame.hpp"

#include <algorithm>
#include <utility>

namespace qrgate {
namespace {

constexpr std::size_t mask_size = 4;

bool is_control(unsigned opcode) {
    return opcode >= 8;
}

bool is_known(unsigned opcode) {
    return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

// RFC 6455, 7.4: what a peer may send.
bool is_sendable_close_code(unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

std::size_t length_field(unsigned char second) {
    unsigned length = second & 0x7fu;
    return length == 126 ? 2 : length == 127 ? 8 : 0;
}

}  // namespace

FrameDecoder::Step FrameDecoder::broken(std::uint16_t close_code) {
    broken_ = true;
    payload_ = {};
    return {Outcome::broken, {}, close_code};
}

std::size_t FrameDecoder::head_size() const noexcept {
    return have_ < 2 ? 2 : 2 + length_field(head_[1]) + mask_size;
}

std::uint64_t FrameDecoder::payload_size() const noexcept {
    std::size_t octets = length_field(head_[1]);
    if (octets == 0) return head_[1] & 0x7fu;
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < octets; ++i)
        size = size << 8 | head_[2 + i];
    return size;
}

std::uint16_t FrameDecoder::check_head() const noexcept {
    unsigned opcode = head_[0] & 0x0fu;
    bool final = (head_[0] & 0x80u) != 0;
    if ((head_[0] & 0x70u) != 0 || !is_known(opcode)) return 1002;
    if ((head_[1] & 0x80u) == 0) return 1002;
    std::uint64_t size = payload_size();
    std::size_t field = length_field(head_[1]);
    if ((field == 2 && size < 126) || (field == 8 && (size < 65536 || size >> 63 != 0))) return 1002;
    if (is_control(opcode)) return !final || size > 125 ? 1002 : 0;
    if ((opcode == 0) != in_message_) return 1002;
    if (size > limit_ || size + message_size_ > limit_) return 1009;
    return 0;
}

std::uint16_t FrameDecoder::take_payload(std::string_view masked) {
    const unsigned char* mask = head_.data() + head_size() - mask_size;
    const std::size_t from = payload_.size();
    payload_.append(masked);
    for (std::size_t i = from; i < payload_.size(); ++i)
        payload_[i] = static_cast<char>(static_cast<unsigned char>(payload_[i]) ^ mask[i % mask_size]);
    const unsigned opcode = head_[0] & 0x0fu;
    if (is_control(opcode) || !in_text_) return 0;
    if (!utf8_.take(std::string_view(payload_).substr(from))) return 1007;
    const bool ends = (head_[0] & 0x80u) != 0 && payload_.size() == payload_size();
    return ends && !utf8_.is_complete() ? 1007 : 0;
}

FrameDecoder::Step FrameDecoder::finish() {
    Step step{Outcome::frame,
              {static_cast<Opcode>(head_[0] & 0x0fu), (head_[0] & 0x80u) != 0, std::move(payload_)},
              0};
    payload_ = {};
    if (!is_control(head_[0] & 0x0fu)) {
        in_message_ = !step.frame.final;
        message_size_ =
            in_message_ ? message_size_ + static_cast<std::uint32_t>(step.frame.payload.size()) : 0;
        if (!in_message_) utf8_ = {};
    }
    have_ = 0;
    in_payload_ = false;
    return step;
}

FrameDecoder::Step FrameDecoder::take(std::string_view& input) {
    if (broken_) return broken(1002);
    while (!in_payload_) {
        std::size_t take = std::min(head_size() - have_, input.size());
        std::copy_n(input.begin(), take, head_.begin() + have_);
        have_ = static_cast<std::uint8_t>(have_ + take);
        input.remove_prefix(take);
        // Unmasked is wrong as soon as the second octet says so (RFC 6455, 5.1): its mask would never come.
        if (have_ == 2 && (static_cast<unsigned char>(head_[1]) & 0x80u) == 0) return broken(1002);
        if (have_ < head_size()) {
            if (input.empty()) return {};
            continue;  // the first two octets say how long the head really is
        }
        if (std::uint16_t wrong = check_head()) return broken(wrong);
        in_payload_ = true;
        if (const unsigned opcode = head_[0] & 0x0fu; opcode == 1 || opcode == 2) in_text_ = opcode == 1;
    }
    std::size_t take = std::min(static_cast<std::size_t>(payload_size()) - payload_.size(), input.size());
    const std::uint16_t wrong = take_payload(input.substr(0, take));
    input.remove_prefix(take);
    if (wrong != 0) return broken(wrong);
    return payload_.size() == payload_size() ? finish() : Step{};
}

std::size_t write_server_head(std::span<char, longest_server_head> room, Opcode opcode, std::size_t payload) {
    const std::size_t field = payload < 126 ? 0 : payload < 65536 ? 2 : 8;
    char* at = room.data() + room.size() - 2 - field;
    *at++ = static_cast<char>(0x80u | static_cast<unsigned>(opcode));
    *at++ = static_cast<char>(field == 0 ? payload : field == 2 ? 126 : 127);
    for (std::size_t left = field; left > 0; --left)
        *at++ = static_cast<char>(payload >> (8 * (left - 1)) & 0xffu);
    return 2 + field;
}

std::string server_frame(Opcode opcode, std::string_view payload) {
    std::array<char, longest_server_head> room;
    const std::size_t head = write_server_head(room, opcode, payload.size());
    std::string frame(room.end() - head, room.end());
    frame += payload;
    return frame;
}

std::string close_frame(std::uint16_t code) {
    const char payload[] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    return server_frame(Opcode::close, {payload, sizeof payload});
}

std::uint16_t close_code_of(std::string_view payload) {
    if (payload.empty()) return 1005;
    if (payload.size() == 1) return 1002;
    unsigned code = static_cast<unsigned char>(payload[0]) * 256u + static_cast<unsigned char>(payload[1]);
    if (!is_sendable_close_code(code)) return 1002;
    Utf8Stream reason;
    return reason.take(payload.substr(2)) && reason.is_complete() ? static_cast<std::uint16_t>(code) : 1007;
}

}  // namespace qrgate
