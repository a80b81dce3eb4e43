#include "bench/server_process.hpp"

#include <ctime>
#include <fstream>
#include <string>

namespace qrgate::bench {
namespace {

// The processor time of a whole process in nanoseconds; /proc/PID/stat counts in hundredths of a second.
std::optional<std::chrono::microseconds> cpu_of(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::seconds{time.tv_sec} +
                                                                 std::chrono::nanoseconds{time.tv_nsec});
}

}  // namespace

std::optional<ProcessUse> use_of(pid_t pid) {
    auto cpu = cpu_of(pid);
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    if (!cpu || !file) return std::nullopt;
    ProcessUse use{.cpu = *cpu};
    bool any = false;
    std::string line;
    std::getline(file, line);  // the range that was rolled up
    while (std::getline(file, line)) {
        std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        std::string name = line.substr(0, colon);
        if (name != "Private_Clean" && name != "Private_Dirty" && name != "Rss") continue;
        std::uint64_t bytes = std::stoull(line.substr(colon + 1)) * 1024;
        (name == "Rss" ? use.resident_bytes : use.private_bytes) += bytes;
        any = true;
    }
    if (!any) return std::nullopt;
    return use;
}

}  // namespace qrgate::bench
