// Wall time as this product counts it: UTC microseconds, PostgreSQL's own resolution.
// Time is always a parameter here; nobody in protocol/ or storage/ reads a clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace qrgate {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

// RFC 3339, UTC, whole seconds (truncated): 2026-11-22T08:00:00Z.
std::string format_time(WallTime time);
// RFC 9110, 5.6.7: Sun, 22 Nov 2026 08:00:00 GMT.
std::string http_date(WallTime time);
// Accepts exactly what format_time writes.
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace qrgate
