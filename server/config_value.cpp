#include "server/config_value.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>
#include <limits>

namespace qrgate {

namespace ip = boost::asio::ip;

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
};
constexpr std::array<Unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto end_of_digits = text.find_first_not_of("0123456789");
    if (end_of_digits == std::string_view::npos) return std::nullopt;
    const auto number = parse_number(text.substr(0, end_of_digits));
    for (const Unit& unit : units) {
        if (!number || text.substr(end_of_digits) != unit.name) continue;
        constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
        if (*number > most / unit.milliseconds) return std::nullopt;
        return std::chrono::milliseconds(static_cast<std::int64_t>(*number * unit.milliseconds));
    }
    return std::nullopt;
}

std::string format_duration(std::chrono::milliseconds duration) {
    const auto whole = static_cast<std::uint64_t>(duration.count());
    if (whole == 0) return "0s";
    for (const Unit& unit : units) {
        if (whole % unit.milliseconds == 0) return fmt::format("{}{}", whole / unit.milliseconds, unit.name);
    }
    return {};
}

std::vector<std::string> parse_list(std::string_view text) {
    constexpr std::string_view spaces = " \t";
    std::vector<std::string> parts;
    if (text.find_first_not_of(spaces) == std::string_view::npos) return parts;
    for (;;) {
        const auto end = text.find(',');
        const std::string_view part = text.substr(0, end);
        const auto first = part.find_first_not_of(spaces);
        parts.emplace_back(first == std::string_view::npos
                               ? std::string_view{}
                               : part.substr(first, part.find_last_not_of(spaces) - first + 1));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string format_list(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ", "));
}

bool is_listen_address(std::string_view text) {
    return text == "localhost" || is_address(text);
}

bool is_address(std::string_view text) {
    boost::system::error_code problem;
    ip::make_address(text, problem);
    return !problem;
}

std::optional<std::string> normal_network(std::string_view text) {
    if (is_address(text))
        return fmt::format("{}/{}", text, text.find(':') == std::string_view::npos ? 32 : 128);
    boost::system::error_code not_v4;
    ip::make_network_v4(text, not_v4);
    boost::system::error_code not_v6;
    ip::make_network_v6(text, not_v6);
    if (not_v4 && not_v6) return std::nullopt;
    return std::string(text);
}

}  // namespace qrgate
