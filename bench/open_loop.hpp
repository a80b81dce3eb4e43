// Drives coroutines by a pacer, or flat out; for what is asked through HttpClient. Runs on one thread's
// executor; what it is given outlives it. An ask that has no end when the time is over is given up after
// `patience`: it is counted as failed, and its coroutine is cancelled.
#pragma once

#include <cstddef>
#include <functional>

#include "bench/pacer.hpp"
#include "bench/progress.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace asio = boost::asio;

// → whether the answer was as it should be. Called on the loop's thread; exceptions count as no.
using AskFunction = std::function<Task<bool>(Ask)>;

struct LoopPlan {
    Pace pace = {};
    Duration patience = std::chrono::seconds{10};
    // Called when the warm-up is over, and when the measured time is: for processor time and counters.
    std::function<void()> on_measured_from = {};
    std::function<void()> on_end = {};
};

// Asks at the planned moments. Returns what was measured, when the last ask has ended or was given up.
Task<Tally> open_loop(LoopPlan plan, AskFunction ask, Progress& progress);
// `lanes` coroutines, each asking again as soon as it was answered; latency from the moment of sending.
// The rate of the pace does not count.
Task<Tally> flat_out(LoopPlan plan, std::size_t lanes, AskFunction ask, Progress& progress);

// Runs one of them on an io_context of its own and returns when it is done.
Tally run_here(std::function<Task<Tally>()> work);

}  // namespace qrgate::bench
