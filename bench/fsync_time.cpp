#include "bench/fsync_time.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "bench/options.hpp"

namespace qrgate::bench {

Histogram fsync_times(const std::filesystem::path& folder, std::chrono::milliseconds duration) {
    const std::filesystem::path file = folder / "fsync_time";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) throw CannotMeasure(fmt::format("{} cannot be written", file.string()));
    ::unlink(file.c_str());
    std::array<char, 8192> page{};
    page.fill('q');
    // Space that is there already, as in PostgreSQL's recycled log files.
    constexpr off_t pages = 64;
    bool fine = true;
    for (off_t i = 0; i < pages; ++i)
        fine = fine && ::pwrite(descriptor, page.data(), page.size(), i * 8192) == 8192;
    fine = fine && ::fsync(descriptor) == 0;
    Histogram times;
    const auto end = std::chrono::steady_clock::now() + duration;
    for (off_t i = 0; fine && std::chrono::steady_clock::now() < end; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        fine = ::pwrite(descriptor, page.data(), page.size(), i % pages * 8192) == 8192 &&
               ::fdatasync(descriptor) == 0;
        times.add(std::chrono::steady_clock::now() - begun);
    }
    ::close(descriptor);
    if (!fine) throw CannotMeasure(fmt::format("{} cannot be made durable", folder.string()));
    return times;
}

}  // namespace qrgate::bench
