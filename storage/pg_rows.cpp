// PgValue and PgRows: the text forms of PostgreSQL 15 under DateStyle ISO, TimeZone UTC and bytea_output hex.
#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>
#include <stdexcept>
#include <utility>

#include "storage/pg_database.hpp"

namespace qrgate {

namespace {

constexpr std::size_t date_and_time_length = 19;  // 2026-11-22 08:00:00

// A column of another type than the SQL promises is a bug of pg_storage, so it is thrown, not returned.
[[noreturn]] void wrong_column(int column, const char* type) {
    throw std::runtime_error(fmt::format("storage: column {} is no {}", column, type));
}

template <class T>
bool read_number(std::string_view text, T& number) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

const PGresult* as_result(const std::shared_ptr<void>& result) {
    return static_cast<const PGresult*>(result.get());
}

std::optional<int> hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return std::nullopt;
}

// ".123456" → 123456, ".5" → 500000, "" → 0
std::optional<int> read_microseconds(std::string_view text) {
    if (text.empty()) return 0;
    if (text.front() != '.' || text.size() < 2 || text.size() > 7) return std::nullopt;
    int value = 0;
    if (!read_number(text.substr(1), value)) return std::nullopt;
    for (auto digits = text.size() - 1; digits < 6; ++digits)
        value *= 10;
    return value;
}

std::optional<WallTime> read_time(std::string_view text) {
    if (text == "infinity") return WallTime::max();
    if (text == "-infinity") return WallTime::min();
    if (!text.ends_with("+00")) return std::nullopt;
    text.remove_suffix(3);
    if (text.size() < date_and_time_length) return std::nullopt;
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    const bool numbers = read_number(text.substr(0, 4), year) && read_number(text.substr(5, 2), month) &&
                         read_number(text.substr(8, 2), day) && read_number(text.substr(11, 2), hour) &&
                         read_number(text.substr(14, 2), minute) && read_number(text.substr(17, 2), second);
    const auto fraction = read_microseconds(text.substr(date_and_time_length));
    if (!numbers || !fraction || text[4] != '-' || text[10] != ' ') return std::nullopt;
    const std::chrono::sys_days date{std::chrono::year{year} / static_cast<int>(month) /
                                     static_cast<int>(day)};
    return WallTime{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second} + std::chrono::microseconds{*fraction};
}

}  // namespace

PgValue pg(std::string text) {
    return PgValue{std::move(text)};
}
PgValue pg(std::string_view text) {
    return PgValue{std::string{text}};
}
PgValue pg(const char* text) {
    return PgValue{std::string{text}};
}
PgValue pg(bool value) {
    return PgValue{std::string{value ? "t" : "f"}};
}
PgValue pg(int value) {
    return PgValue{std::to_string(value)};
}
PgValue pg(std::int64_t value) {
    return PgValue{std::to_string(value)};
}

PgValue pg(WallTime value) {
    const auto day = std::chrono::floor<std::chrono::days>(value);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{value - day};
    return PgValue{fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}+00", static_cast<int>(date.year()),
                               static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                               time.hours().count(), time.minutes().count(), time.seconds().count(),
                               time.subseconds().count())};
}

PgValue pg(Bytes octets) {
    return PgValue{std::move(octets)};
}
PgValue pg(const Digest& digest) {
    return PgValue{Bytes(digest.begin(), digest.end())};
}

PgRows::PgRows(std::shared_ptr<void> result) : result_(std::move(result)) {}

PgRows PgRows::only(std::size_t row) const {
    PgRows out = *this;
    out.first_ = first_ + row;
    out.count_ = row < size() ? 1 : 0;
    return out;
}

std::size_t PgRows::size() const noexcept {
    if (count_) return *count_;
    return result_ ? static_cast<std::size_t>(PQntuples(as_result(result_))) : 0;
}

bool PgRows::is_null(std::size_t row, int column) const noexcept {
    return !result_ || PQgetisnull(as_result(result_), place(row), column) == 1;
}

std::string_view PgRows::text(std::size_t row, int column) const {
    if (row >= size() || column >= PQnfields(as_result(result_)))
        wrong_column(column, "column of this result");
    const auto* result = as_result(result_);
    return {PQgetvalue(result, place(row), column),
            static_cast<std::size_t>(PQgetlength(result, place(row), column))};
}

std::int64_t PgRows::integer(std::size_t row, int column) const {
    std::int64_t value = 0;
    if (!read_number(text(row, column), value)) wrong_column(column, "integer");
    return value;
}

bool PgRows::boolean(std::size_t row, int column) const {
    const auto value = text(row, column);
    if (value != "t" && value != "f") wrong_column(column, "boolean");
    return value == "t";
}

Bytes PgRows::octets(std::size_t row, int column) const {
    auto value = text(row, column);
    if (is_null(row, column)) return {};
    if (!value.starts_with("\\x") || value.size() % 2 != 0) wrong_column(column, "bytea");
    value.remove_prefix(2);
    Bytes bytes(value.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto high = hex_digit(value[2 * i]);
        const auto low = hex_digit(value[2 * i + 1]);
        if (!high || !low) wrong_column(column, "bytea");
        bytes[i] = static_cast<std::uint8_t>(*high * 16 + *low);
    }
    return bytes;
}

Digest PgRows::digest(std::size_t row, int column) const {
    const Bytes bytes = octets(row, column);
    Digest digest{};
    if (bytes.size() != digest.size()) wrong_column(column, "digest of 32 octets");
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

WallTime PgRows::time(std::size_t row, int column) const {
    const auto value = read_time(text(row, column));
    if (!value) wrong_column(column, "timestamptz");
    return *value;
}

std::size_t PgRows::affected() const noexcept {
    if (!result_) return 0;
    // The libpq signature lacks the const; it only reads.
    const std::string_view count = PQcmdTuples(static_cast<PGresult*>(result_.get()));
    std::size_t number = 0;
    return read_number(count, number) ? number : 0;
}

}  // namespace qrgate
