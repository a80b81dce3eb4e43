// Values of settings as people write them: durations with units, whole numbers, addresses, networks, lists.
// Private to the configuration. Pure; any thread; nullopt for what is not well-formed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qrgate {

// 250ms, 30s, 10m, 12h, 365d: digits and one unit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);  // in the largest unit that fits whole

std::optional<std::uint64_t> parse_number(std::string_view text);  // decimal digits only

// Parts between commas, without the spaces around; none for an empty text.
std::vector<std::string> parse_list(std::string_view text);
std::string format_list(const std::vector<std::string>& parts);

bool is_address(std::string_view text);         // v4 or v6, without port
bool is_listen_address(std::string_view text);  // the same, or localhost for both of this machine's
// Address or CIDR, as CIDR: 10.0.0.1 → 10.0.0.1/32.
std::optional<std::string> normal_network(std::string_view text);

}  // namespace qrgate
