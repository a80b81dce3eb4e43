#include "server/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <cmath>
#include <mutex>

#include "protocol/bytes.hpp"

namespace qrgate {

namespace {

// A longer value is cut: nobody outside may fill the disk with one request.
constexpr std::size_t value_limit = 1024;

constexpr std::array<std::string_view, 5> level_names{"trace", "debug", "info", "warn", "error"};

std::string_view name_of(LogLevel level) noexcept {
    return level_names[static_cast<std::size_t>(level)];
}

spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::trace:
            return spdlog::level::trace;
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit CallbackSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        write_({message.payload.data(), message.payload.size()});
    }
    void flush_() override {}

private:
    std::function<void(std::string_view)> write_;
};

// What ends a line, moves a cursor or turns the writing direction somewhere: C0, DEL, C1, separators, bidi
// marks.
bool is_control(char32_t c) noexcept {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

struct Character {
    char32_t code = 0;
    std::size_t size = 1;
};

// The first character of well-formed UTF-8.
Character first_character(std::string_view text) noexcept {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const char32_t lead = octet(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    char32_t code = lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i)
        code = code << 6 | (octet(i) & 0x3fU);
    return {code, size};
}

std::string_view cut(std::string_view text) noexcept {
    if (text.size() <= value_limit) return text;
    std::size_t size = value_limit;
    while (size > value_limit - 3 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80)
        --size;
    return text.substr(0, size);
}

// Both formats escape alike (JSON's way); `line` gets no quotes around.
void append_escaped(std::string& line, std::string_view whole) {
    std::string_view text = cut(whole);
    const bool utf8 = is_clean_utf8(text);
    while (!text.empty()) {
        const auto lead = static_cast<unsigned char>(text[0]);
        Character next{lead, 1};
        if (utf8) next = first_character(text);
        if (next.code == '"' || next.code == '\\') {
            line += '\\';
            line += text[0];
        } else if (is_control(next.code) || (!utf8 && lead >= 0x80)) {
            // Not UTF-8: the octet's number, so that the line stays UTF-8.
            line += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(next.code));
        } else {
            line += text.substr(0, next.size);
        }
        text.remove_prefix(next.size);
    }
    if (whole.size() > value_limit) line += "…";
}

void append_quoted(std::string& line, std::string_view text) {
    line += '"';
    append_escaped(line, text);
    line += '"';
}

void append_key(std::string& line, std::string_view key) {
    for (const char c : key) {
        const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        line += fine ? c : '_';
    }
}

bool is_bare(std::string_view text) noexcept {
    for (const char c : text) {
        if (c <= ' ' || c == '"' || c == '\\' || c == '=' || static_cast<unsigned char>(c) >= 0x7f)
            return false;
    }
    return !text.empty() && text.size() <= value_limit;
}

void append_value(std::string& line, const LogValue& value, LogFormat format) {
    if (const auto* text = std::get_if<std::string_view>(&value.get())) {
        if (format == LogFormat::text && is_bare(*text)) {
            line += *text;
        } else {
            append_quoted(line, *text);
        }
    } else if (const auto* number = std::get_if<double>(&value.get())) {
        line += std::isfinite(*number) ? fmt::format("{:.6g}", *number) : std::string("null");
    } else if (const auto* truth = std::get_if<bool>(&value.get())) {
        line += *truth ? "true" : "false";
    } else if (const auto* below_zero = std::get_if<std::int64_t>(&value.get())) {
        line += fmt::format("{}", *below_zero);
    } else {
        line += fmt::format("{}", std::get<std::uint64_t>(value.get()));
    }
}

}  // namespace

std::optional<LogLevel> log_level(std::string_view name) noexcept {
    for (std::size_t i = 0; i < level_names.size(); ++i) {
        if (level_names[i] == name) return static_cast<LogLevel>(i);
    }
    return std::nullopt;
}

std::optional<LogFormat> log_format(std::string_view name) noexcept {
    if (name == "text") return LogFormat::text;
    if (name == "json") return LogFormat::json;
    return std::nullopt;
}

struct Log::State {
    const Clock& clock;
    LogFormat format;
    spdlog::logger logger;
};

Log::Log(const Clock& clock, LogLevel level, LogFormat format)
    : state_(new State{clock, format,
                       spdlog::logger("qrgate", std::make_shared<spdlog::sinks::stderr_sink_mt>())}) {
    state_->logger.set_pattern("%v");
    state_->logger.set_level(spdlog_level(level));
}

Log::Log(const Clock& clock, LogLevel level, LogFormat format, std::function<void(std::string_view)> write)
    : state_(new State{clock, format,
                       spdlog::logger("qrgate", std::make_shared<CallbackSink>(std::move(write)))}) {
    state_->logger.set_level(spdlog_level(level));
}

Log::~Log() = default;

void Log::trace(std::string_view event, LogFields fields) noexcept {
    write(LogLevel::trace, event, fields);
}
void Log::debug(std::string_view event, LogFields fields) noexcept {
    write(LogLevel::debug, event, fields);
}
void Log::info(std::string_view event, LogFields fields) noexcept {
    write(LogLevel::info, event, fields);
}
void Log::warn(std::string_view event, LogFields fields) noexcept {
    write(LogLevel::warn, event, fields);
}
void Log::error(std::string_view event, LogFields fields) noexcept {
    write(LogLevel::error, event, fields);
}

void Log::write(LogLevel level, std::string_view event, LogFields fields) noexcept {
    if (!state_->logger.should_log(spdlog_level(level))) return;
    try {
        const std::string line = log_line(state_->clock.now(), level, state_->format, event, fields);
        state_->logger.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
    } catch (...) {
        return;  // no memory for a line: a service that cannot log goes on serving
    }
}

std::string log_line(WallTime at, LogLevel level, LogFormat format, std::string_view event,
                     LogFields fields) {
    std::string line;
    if (format == LogFormat::text) {
        line = fmt::format("{} {} ", format_time(at), name_of(level));
        append_key(line, event);
        for (const LogField& field : fields) {
            line += ' ';
            append_key(line, field.key);
            line += '=';
            append_value(line, field.value, format);
        }
        return line;
    }
    line = fmt::format(R"({{"time":"{}","level":"{}","event":")", format_time(at), name_of(level));
    append_key(line, event);
    line += '"';
    for (const LogField& field : fields) {
        line += ",\"";
        append_key(line, field.key);
        line += "\":";
        append_value(line, field.value, format);
    }
    line += '}';
    return line;
}

std::string short_hash(std::string_view text) {
    return hex(sha256(as_bytes(text))).substr(0, 12);
}

}  // namespace qrgate
