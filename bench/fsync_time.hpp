// How long this machine takes to make 8 KiB durable in a folder (write and fdatasync, as PostgreSQL's log
// does): every figure about storage is worthless without it. Blocking; errors: CannotMeasure.
#pragma once

#include <chrono>
#include <filesystem>

#include "bench/histogram.hpp"

namespace qrgate::bench {

// Repeats it for this long; the file is removed.
Histogram fsync_times(const std::filesystem::path& folder, std::chrono::milliseconds duration);

}  // namespace qrgate::bench
