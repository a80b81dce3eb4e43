// The phones of a load: enrolled on the server under test, or taken from the file of an earlier run and made
// anew where the server no longer knows them. One thread. Errors: CannotMeasure.
#pragma once

#include <filesystem>
#include <vector>

#include "bench/phone.hpp"
#include "bench/pool.hpp"
#include "bench/progress.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

struct PhonePlan {
    Target target = {};
    std::vector<std::string> sources = {};
    std::vector<BenchPerson> people = {};  // one phone each
    std::filesystem::path file = {};       // empty: nothing is kept
};

Task<void> prepare_phones(PhonePlan plan, Pool<Phone>& phones, Progress& progress);

}  // namespace qrgate::bench
