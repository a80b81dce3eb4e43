// The server under test seen from outside, by its process id: /proc of this machine. Values; any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace qrgate::bench {

struct ProcessUse {
    std::chrono::microseconds cpu{};  // user and system, of all its threads, since its start
    std::uint64_t private_bytes = 0;  // Private_Clean + Private_Dirty of smaps_rollup: what P1 counts
    std::uint64_t resident_bytes = 0;
};
// nullopt: no such process, or it is not ours to look at.
std::optional<ProcessUse> use_of(pid_t pid);

}  // namespace qrgate::bench
