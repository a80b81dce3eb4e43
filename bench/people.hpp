// The people of a load test: the CSV that bench/people.mjs writes and `qrgate people import` takes. All of
// them have one password. Read once at the start; values afterwards. Errors: CannotMeasure with one plain
// line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bench/options.hpp"

namespace qrgate::bench {

// Of everybody whom bench/people.mjs writes.
inline constexpr std::string_view people_password = "Bench#2026load";

struct BenchPerson {
    std::string kind = {};
    std::string number = {};
    std::string phone = {};
    int level = 0;
    std::string password{people_password};
};

// At most `limit` people, in the file's order. Throws CannotMeasure for a file that cannot be read, that has
// other columns, or that holds nobody.
std::vector<BenchPerson> read_people(const std::filesystem::path& file, std::size_t limit);

// The n-th citizen number (GB 11643) that nobody of people.mjs has: for tries that find no account.
std::string number_of_nobody(std::uint64_t n);

}  // namespace qrgate::bench
