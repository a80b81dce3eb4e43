#include "bench/server_process.hpp"

#include <ctime>
#include <fstream>
#include <sstream>
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

// "7f00-7f10 rw-p …": the head of a mapping; its figures are "Name:   12 kB".
bool is_head(const std::string& line) {
    return line.find('-') < line.find(' ') && line.find(':') > line.find(' ');
}

}  // namespace

std::optional<ProcessUse> use_of(pid_t pid) {
    auto cpu = cpu_of(pid);
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps");
    if (!cpu || !file) return std::nullopt;
    ProcessUse use{.cpu = *cpu};
    bool any = false;
    bool writable = false;
    for (std::string line; std::getline(file, line);) {
        if (is_head(line)) {
            writable = line.find('w', line.find(' ')) == line.find(' ') + 2;
            continue;
        }
        std::string name;
        std::uint64_t kilobytes = 0;
        std::istringstream(line) >> name >> kilobytes;
        const std::uint64_t bytes = kilobytes * 1024;
        if (name == "Rss:") {
            use.resident_bytes += bytes;
            (writable ? use.private_bytes : use.file_bytes) += bytes;
        }
        if (name == "Anonymous:" && !writable) {
            use.private_bytes += bytes;
            use.file_bytes -= bytes;  // Rss, which comes before, has them too
        }
        if (name == "Swap:") use.private_bytes += bytes;
        any = any || name == "Rss:";
    }
    if (!any) return std::nullopt;
    return use;
}

}  // namespace qrgate::bench
