// Files of people to import (CSV, JSON lines): rows come in order, each is right in every field or says which
// is wrong without a number somebody could be known by, and no number is given twice.
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>

#include "protocol/body_reader.hpp"
#include "protocol/person.hpp"
#include "protocol/phone_number.hpp"
#include "server/people_file.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/seeded_random.hpp"

using namespace qrgate;

namespace {

std::filesystem::path file_with(std::string_view text) {
    static const std::string path = "/tmp/qrgate-fuzz-people-" + std::to_string(::getpid());
    static const struct Remover {
        ~Remover() { std::remove(path.c_str()); }
    } remover;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    return path;
}

// A fault counts (18 characters, 64 KiB, 4096 fields); the shortest number that tells something of a person
// is a region of six digits. Looking for the row's own number instead would blame "18 characters" on a
// number 1.
bool tells_a_number(std::string_view fault) {
    std::size_t digits = 0;
    for (const char c : fault) {
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        if (digits == 6) return true;
    }
    return false;
}

void judge(const PeopleRow& row, std::set<std::string>& numbers) {
    if (!row.fault.empty()) {
        must(row.fault.find('\n') == std::string::npos, "a fault is one line");
        must(!tells_a_number(row.fault), "and tells nobody's number");
        return;
    }
    const NewPerson& person = row.person;
    must(is_identity_number(person.kind, person.identity_number), "a number is right");
    must(person.phone.empty() || is_phone_number(person.phone), "a phone is right");
    must(is_clean_utf8(person.name) && !person.name.empty(), "a name is text");
    must(person.level >= 1 && person.level <= 3, "a level is one");
    must(numbers.insert(person.identity_number).second, "no number twice");
}

void read(std::string_view input, PeopleFormat format) {
    test::SeededRandom random(1);
    std::set<std::string> numbers;
    try {
        PeopleFile people(file_with(input), format, random);
        PeopleRow row;
        std::int64_t rows = 0;
        std::int64_t line = 0;
        while (people.next(row)) {
            must(row.row == ++rows, "rows are counted");
            must(row.line > line, "lines go on");
            line = row.line;
            judge(row, numbers);
            row = {};
        }
        must(people.octets_read() <= people.size(), "no more than there is");
    } catch (const std::runtime_error& error) {
        must(*error.what() != '\0', "a file that cannot be read says why");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read(text_of(data, size), PeopleFormat::csv);
    read(text_of(data, size), PeopleFormat::json_lines);
    return 0;
}
