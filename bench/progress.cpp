#include "bench/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace qrgate::bench {

std::string progress_bar(double part) {
    part = std::clamp(part, 0.0, 1.0);
    constexpr int width = 24;
    int full = static_cast<int>(std::floor(part * width));
    return fmt::format("[{:#<{}}{:.<{}}] {:3.0f} %", "", full, "", width - full, part * 100);
}

std::string progress_words(const Tally& tally) {
    auto millis = [&tally](double percent) {
        return static_cast<double>(tally.latency.percentile(percent).count()) / 1e6;
    };
    return fmt::format("{} answered, {} failed, {} late   p50 {:.2f} ms  p99 {:.2f} ms", tally.answered,
                       tally.failed, tally.late, millis(50), millis(99));
}

Progress::Progress(bool wanted, std::string what)
    : what_(std::move(what)), shown_(wanted && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (dirty_) std::fputs("\r\x1b[K", stderr);
}

void Progress::show(Time now, double part, const std::string& words) {
    if (!shown_ || now < next_) return;
    next_ = now + std::chrono::milliseconds{200};
    dirty_ = true;
    fmt::print(stderr, "\r\x1b[K{} {}  {}", what_, progress_bar(part), words);
    std::fflush(stderr);
}

void Progress::show(Time now, double part, const Tally& tally) {
    if (shown_ && now >= next_) show(now, part, progress_words(tally));
}

}  // namespace qrgate::bench
