// One line on standard error that says how far a run is, with p50 and p99 so far: on a terminal only, at most
// five times a second, taken away at the end. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bench/histogram.hpp"
#include "bench/pacer.hpp"

namespace qrgate::bench {

class Progress {
public:
    Progress(bool wanted, std::string what);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    bool shown() const noexcept { return shown_; }
    // `part`: 0 to 1. `words`: what there is to say beside it.
    void show(Time now, double part, const std::string& words);
    void show(Time now, double part, const Tally& tally);

private:
    std::string what_;
    bool shown_;
    bool dirty_ = false;
    Time next_{};
};

// "[#####.....]  50 %", and what a tally says: pure, for the line above.
std::string progress_bar(double part);
std::string progress_words(const Tally& tally);

}  // namespace qrgate::bench
