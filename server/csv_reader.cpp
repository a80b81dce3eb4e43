#include "server/csv_reader.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace qrgate {

namespace {

constexpr int end_of_file = std::istream::traits_type::eof();

}  // namespace

int CsvReader::peek() {
    return in_.rdbuf()->sgetc();
}

int CsvReader::take() {
    const int c = in_.rdbuf()->sbumpc();
    if (c == end_of_file) return c;
    ++octets_;
    if (c == '\n') ++line_;
    return c;
}

void CsvReader::add(CsvRecord& record, std::string& field, int c) {
    if (++record_size_ > longest_record) {
        record.fault = "the row is longer than 64 KiB";
        return;
    }
    field += static_cast<char>(c);
}

// Behind the opening quote, to behind the closing one.
void CsvReader::read_quoted(CsvRecord& record, std::string& field) {
    const std::int64_t from = line_;
    for (;;) {
        const int c = take();
        if (c == end_of_file) {
            throw std::runtime_error(fmt::format(
                "a quoted field that begins in line {} never ends: what follows cannot be read", from));
        }
        if (c != '"') {
            add(record, field, c);
        } else if (peek() == '"') {
            add(record, field, take());
        } else {
            return;
        }
    }
}

// Whether another field follows in this record.
bool CsvReader::read_field(CsvRecord& record, std::string& field) {
    field.clear();
    const bool quoted = peek() == '"';
    if (quoted) {
        take();
        read_quoted(record, field);
    }
    for (;;) {
        const int c = take();
        if (c == ',') return true;
        if (c == end_of_file || c == '\n') return false;
        if (c == '\r' && peek() == '\n') continue;
        if (quoted || c == '"') record.fault = "a quote stands where none may be";
        add(record, field, c);
    }
}

bool CsvReader::next(CsvRecord& record) {
    while (peek() == '\n' || peek() == '\r')
        take();
    if (peek() == end_of_file) return false;
    record.fields.clear();
    record.fault = {};
    record.line = line_;
    record_size_ = 0;
    bool more = true;
    while (more) {
        std::string field;
        more = read_field(record, field);
        // A line of commas is no way to fill the memory either.
        if (++record_size_ > longest_record) record.fault = "the row is longer than 64 KiB";
        if (record.fault.empty()) record.fields.push_back(std::move(field));
    }
    return true;
}

}  // namespace qrgate
