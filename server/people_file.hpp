// A file of people to import, as docs/operating.md ("Import") describes it: CSV with a header, or one JSON
// object a line. Gives one checked row at a time; a faulty one names its field and what is wrong, never what
// it says. Keeps one row, and 8 octets for every number seen (a number given twice is a fault). Owned by its
// user; one thread. Errors: std::runtime_error with one plain line for a file that cannot be read as a whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/random.hpp"
#include "storage/records.hpp"

namespace qrgate {

enum class PeopleFormat : std::uint8_t { csv, json_lines };
// By name ("csv", "jsonl"), else by the file's extension (.csv, .jsonl, .ndjson). Throws.
PeopleFormat people_format(std::string_view name, const std::filesystem::path& file);

struct PeopleRow {
    std::int64_t row = 0;   // of people, from 1: a CSV's header is none
    std::int64_t line = 0;  // of the file, from 1
    NewPerson person = {};
    std::string field = {};
    std::string fault = {};  // empty: `person` is good
};

class PeopleFile {
public:
    PeopleFile(const std::filesystem::path& file, PeopleFormat format, Random& random);
    ~PeopleFile();
    PeopleFile(const PeopleFile&) = delete;
    PeopleFile& operator=(const PeopleFile&) = delete;

    // false: the end.
    bool next(PeopleRow& row);
    std::int64_t octets_read() const noexcept;
    std::int64_t size() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
