#include "server/event_stream.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace qrgate {
namespace {

std::optional<std::uint64_t> number(std::string_view text) noexcept {
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

}  // namespace

std::string closed_message(Ending why) {
    return fmt::format(R"({{"type":"closed","code":{}}})", static_cast<unsigned>(why));
}

std::string closed_event(Ending why) {
    return fmt::format("id: {}\ndata: {}\n\n", closed_event_id, closed_message(why));
}

void Mailbox::say(std::string_view message) {
    messages.emplace_back(message);
    wake.cancel();
}

void Mailbox::end(Ending why) {
    if (std::exchange(closed, true)) return;
    messages.push_back(closed_message(why));
    wake.cancel();
}

std::string poll_cursor(char node, PollCursor cursor) {
    return fmt::format("{}{}-{}", node, cursor.window, cursor.seq);
}

std::optional<PollCursor> parse_poll_cursor(std::string_view text) noexcept {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) {
        auto seq = number(text);
        return seq ? std::optional(PollCursor{.window = 0, .seq = *seq}) : std::nullopt;
    }
    // The first character is the node's, which may be a digit too.
    if (dash < 2 || !is_digit(text[1])) return std::nullopt;
    auto window = number(text.substr(1, dash - 1));
    auto seq = number(text.substr(dash + 1));
    if (!window || !seq || *window == 0) return std::nullopt;
    return PollCursor{.window = *window, .seq = *seq};
}

}  // namespace qrgate
