// What a sub-command measured, and how it is written down: one JSON object a run (docs/performance.md shows
// it), read by bench/run. A value that its command fills; one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "bench/histogram.hpp"

namespace qrgate::bench {

struct Result {
    std::string name = {};  // "push", "login qr"
    std::string url = {};
    double seconds = 0;                                // measured, without warm-up
    std::map<std::string, std::uint64_t> counts = {};  // "asked", "answered", "failed", "status_204"
    std::map<std::string, double> figures = {};        // "cpu_us_per_push", "bytes_per_seat"
    std::map<std::string, Histogram> latencies = {};   // "push", "confirm_to_confirmed"
    std::map<std::string, std::string> settings = {};  // what was asked for: "rate": "200"

    std::string json() const;
    // The short form for people: a line for each count, figure and latency.
    std::string text() const;
};

void write_result(const Result& result, const std::filesystem::path& file);  // throws where it cannot

}  // namespace qrgate::bench
