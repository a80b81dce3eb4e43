// Does a number of jobs, some at a time: what a load needs before it begins (phones enrolled, browsers
// opened). One thread; `job` outlives the call. The first exception ends it and is thrown on.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "storage/task.hpp"

namespace qrgate::bench {

namespace asio = boost::asio;

// job(0) … job(count − 1), at most `lanes` at a time, in this order.
Task<void> in_lanes(std::size_t lanes, std::size_t count, std::function<Task<void>(std::size_t)> job);

// The same, and no job begins after `end`.
Task<void> in_lanes_until(std::size_t lanes, std::size_t count, std::chrono::steady_clock::time_point end,
                          std::function<Task<void>(std::size_t)> job);

// Runs it on an io_context of its own; returns, or throws, when it has ended.
void run_to_end(std::function<Task<void>()> work);

}  // namespace qrgate::bench
