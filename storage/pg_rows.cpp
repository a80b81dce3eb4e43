// PgValue and PgRows: what is sent, in PostgreSQL's text forms (bytea aside), and what comes back, in its
// binary ones.
#include <fmt/format.h>
#include <libpq-fe.h>

#include <boost/endian/conversion.hpp>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <utility>

#include "storage/pg_database.hpp"

namespace qrgate {

namespace {

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

// Types as pg_type.dat of PostgreSQL numbers them.
enum : Oid {
    oid_of_bool = 16,
    oid_of_bytea = 17,
    oid_of_name = 19,
    oid_of_bigint = 20,
    oid_of_smallint = 21,
    oid_of_integer = 23,
    oid_of_text = 25,
    oid_of_timestamptz = 1184,
};

// timestamptz_send: microseconds since then; infinity is the largest number, -infinity the smallest.
constexpr WallTime first_of_2000{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}};

const unsigned char* as_octets(std::string_view value) {
    return reinterpret_cast<const unsigned char*>(value.data());
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

std::string_view PgRows::value(std::size_t row, int column) const {
    if (row >= size() || column >= PQnfields(as_result(result_)))
        wrong_column(column, "column of this result");
    const auto* result = as_result(result_);
    return {PQgetvalue(result, place(row), column),
            static_cast<std::size_t>(PQgetlength(result, place(row), column))};
}

std::string_view PgRows::text(std::size_t row, int column) const {
    const auto octets = value(row, column);
    const Oid type = PQftype(as_result(result_), column);
    if (type != oid_of_text && type != oid_of_name) wrong_column(column, "text");
    return octets;
}

std::int64_t PgRows::integer(std::size_t row, int column) const {
    const auto octets = value(row, column);
    const Oid type = PQftype(as_result(result_), column);
    if (type == oid_of_bigint && octets.size() == 8) return boost::endian::load_big_s64(as_octets(octets));
    if (type == oid_of_integer && octets.size() == 4) return boost::endian::load_big_s32(as_octets(octets));
    if (type == oid_of_smallint && octets.size() == 2) return boost::endian::load_big_s16(as_octets(octets));
    wrong_column(column, "integer");
}

bool PgRows::boolean(std::size_t row, int column) const {
    const auto octets = value(row, column);
    if (PQftype(as_result(result_), column) != oid_of_bool || octets.size() != 1)
        wrong_column(column, "boolean");
    return octets.front() != 0;
}

Bytes PgRows::octets(std::size_t row, int column) const {
    const auto octets = value(row, column);
    if (PQftype(as_result(result_), column) != oid_of_bytea) wrong_column(column, "bytea");
    return {octets.begin(), octets.end()};
}

Digest PgRows::digest(std::size_t row, int column) const {
    const Bytes bytes = octets(row, column);
    Digest digest{};
    if (bytes.size() != digest.size()) wrong_column(column, "digest of 32 octets");
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

WallTime PgRows::time(std::size_t row, int column) const {
    const auto octets = value(row, column);
    if (PQftype(as_result(result_), column) != oid_of_timestamptz || octets.size() != 8)
        wrong_column(column, "timestamptz");
    const std::int64_t since = boost::endian::load_big_s64(as_octets(octets));
    if (since == std::numeric_limits<std::int64_t>::max()) return WallTime::max();
    if (since == std::numeric_limits<std::int64_t>::min()) return WallTime::min();
    return first_of_2000 + std::chrono::microseconds{since};
}

std::size_t PgRows::affected() const noexcept {
    if (!result_) return 0;
    // The libpq signature lacks the const; it only reads.
    const std::string_view count = PQcmdTuples(static_cast<PGresult*>(result_.get()));
    std::size_t number = 0;
    return read_number(count, number) ? number : 0;
}

}  // namespace qrgate
