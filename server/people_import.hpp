// `qrgate people import FILE`: reads, checks and stores people, a batch at a time, two batches on their way.
// Prints faulty rows (row, line, field, what is wrong) on standard error and one count a line on standard
// output. Never prints what a row says. One thread. Returns the exit code: 0 all rows are in; 1 some were
// refused, or the file or the database stopped it (run it again: the same rows change nothing).
#pragma once

#include <string>

#include "protocol/random.hpp"
#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class Storage;

struct PeopleImport {
    std::string file = {};
    std::string format = {};  // "csv", "jsonl"; empty: by the file's extension
    bool dry_run = false;     // checks every row and changes nothing
    bool strict = false;      // changes nothing unless every row is good
    WallTime now{};
};

Task<int> import_people_file(Storage& storage, Random& random, PeopleImport import);

}  // namespace qrgate
