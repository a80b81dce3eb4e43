// Comma-separated values as RFC 4180 has them: quoted fields may hold commas, quotes (doubled) and line ends;
// lines end with LF or CRLF; empty lines are skipped. Reads one record at a time and keeps only that one.
// Owned by its user; one thread. Errors: a record with a fault is told and skipped; a quote that never closes
// makes the rest unreadable and throws std::runtime_error with one plain line.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace qrgate {

struct CsvRecord {
    std::vector<std::string> fields = {};
    std::int64_t line = 0;  // where it begins, from 1
    std::string_view fault = {};
};

class CsvReader {
public:
    static constexpr std::size_t longest_record = std::size_t{64} * 1024;

    explicit CsvReader(std::istream& in) : in_(in) {}
    // false: the end.
    bool next(CsvRecord& record);
    std::int64_t octets_read() const noexcept { return octets_; }

private:
    int take();
    int peek();
    void read_quoted(CsvRecord& record, std::string& field);
    bool read_field(CsvRecord& record, std::string& field);
    void add(CsvRecord& record, std::string& field, int c);

    std::istream& in_;
    std::int64_t line_ = 1;
    std::int64_t octets_ = 0;
    std::size_t record_size_ = 0;
};

}  // namespace qrgate
