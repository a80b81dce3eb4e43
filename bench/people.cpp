#include "bench/people.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>

namespace qrgate::bench {

namespace {

constexpr std::string_view header = "kind,number,name,phone,level,evidence,password_hash";

// The file is ours: no field of it holds a comma or a quote.
std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> fields;
    std::size_t from = 0;
    for (std::size_t at = line.find(','); at != std::string::npos; at = line.find(',', from)) {
        fields.push_back(line.substr(from, at - from));
        from = at + 1;
    }
    fields.push_back(line.substr(from));
    return fields;
}

BenchPerson read_row(const std::string& line, const std::filesystem::path& file, std::size_t number) {
    const auto fields = split(line);
    if (fields.size() != 7 || fields[1].size() != 18 || fields[4].size() != 1 || fields[4][0] < '1' ||
        fields[4][0] > '3') {
        throw CannotMeasure(
            fmt::format("{}: line {} is not as bench/people.mjs writes them", file.string(), number));
    }
    BenchPerson person;
    person.kind = fields[0];
    person.number = fields[1];
    person.phone = fields[3];
    person.level = fields[4][0] - '0';
    return person;
}

}  // namespace

std::vector<BenchPerson> read_people(const std::filesystem::path& file, std::size_t limit) {
    std::ifstream in(file, std::ios::binary);
    std::string line;
    if (!in || !std::getline(in, line)) {
        throw CannotMeasure(
            fmt::format("{} cannot be read: make one with `node bench/people.mjs NUMBER > "
                        "FILE` and import it with `qrgate people import FILE`",
                        file.string()));
    }
    if (line != header)
        throw CannotMeasure(fmt::format("{}: its columns are not those of bench/people.mjs", file.string()));
    std::vector<BenchPerson> people;
    for (std::size_t number = 2; people.size() < limit && std::getline(in, line); ++number)
        people.push_back(read_row(line, file, number));
    if (people.empty()) throw CannotMeasure(fmt::format("{} holds nobody", file.string()));
    return people;
}

std::string number_of_nobody(std::uint64_t n) {
    constexpr std::array<int, 17> weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    // Area 110102, where people.mjs has 110101; 1000 a day, 28 days of every month.
    const std::uint64_t day = n / 1000;
    const std::string front = fmt::format("110102{:04}{:02}{:02}{:03}", 1940 + day / (28 * 12) % 80,
                                          1 + day / 28 % 12, 1 + day % 28, n % 1000);
    int sum = 0;
    for (std::size_t at = 0; at < weights.size(); ++at)
        sum += (front[at] - '0') * weights[at];
    return front + "10X98765432"[sum % 11];
}

}  // namespace qrgate::bench
