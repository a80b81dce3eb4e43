// Structured logs: one event, one line, on stderr (spdlog underneath).
//   text  2026-11-22T08:00:00Z info http_request method=GET path=/login status=200 ms=3
//   json  {"time":"2026-11-22T08:00:00Z","level":"info","event":"http_request","method":"GET",…}
// Owned by App and passed by reference; any thread. Never fails and never throws.
// The one invariant: whatever is in a value, it stays one line without control characters.
// Callers log route patterns, not paths with tokens in them; ids and hashes of things go through short_hash.
// Never here: secrets, tokens, cookies, identity numbers, names, phones.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/clock.hpp"

namespace qrgate {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error };
std::optional<LogLevel> log_level(std::string_view name) noexcept;
enum class LogFormat : std::uint8_t { text, json };
std::optional<LogFormat> log_format(std::string_view name) noexcept;

// Text, number or bool; texts are looked at only during the call.
class LogValue {
public:
    LogValue(std::string_view text) : value_(text) {}
    LogValue(const std::string& text) : value_(std::string_view{text}) {}
    LogValue(const char* text) : value_(std::string_view{text}) {}
    LogValue(std::same_as<bool> auto truth) : value_(truth) {}
    LogValue(std::signed_integral auto number) : value_(static_cast<std::int64_t>(number)) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    LogValue(T number) : value_(static_cast<std::uint64_t>(number)) {}
    LogValue(std::floating_point auto number) : value_(static_cast<double>(number)) {}

    using Any = std::variant<std::string_view, bool, std::int64_t, std::uint64_t, double>;
    const Any& get() const noexcept { return value_; }

private:
    Any value_;
};

struct LogField {
    std::string_view key;  // [a-z_0-9]+
    LogValue value;
};
using LogFields = std::initializer_list<LogField>;

class Log {
public:
    // The clock stamps the lines: the machine's own, also where rules run on a moved one.
    Log(const Clock& clock, LogLevel level, LogFormat format);
    // Lines go to `write` instead (tests); it is called by one thread at a time, without the line's end.
    Log(const Clock& clock, LogLevel level, LogFormat format, std::function<void(std::string_view)> write);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void trace(std::string_view event, LogFields fields = {}) noexcept;
    void debug(std::string_view event, LogFields fields = {}) noexcept;
    void info(std::string_view event, LogFields fields = {}) noexcept;
    void warn(std::string_view event, LogFields fields = {}) noexcept;
    void error(std::string_view event, LogFields fields = {}) noexcept;

private:
    struct State;
    void write(LogLevel level, std::string_view event, LogFields fields) noexcept;
    std::unique_ptr<State> state_;
};

// The line itself, without its end. Pure; here for tests.
std::string log_line(WallTime at, LogLevel level, LogFormat format, std::string_view event, LogFields fields);

// First 12 hex characters of SHA-256: tells two ids apart in logs without showing them.
// Only for values that cannot be guessed (tokens, ids); a short hash of a phone number would give it away.
std::string short_hash(std::string_view text);

}  // namespace qrgate
