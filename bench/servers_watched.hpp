// The servers under test as a sub-command watches them: their processor time and memory added up. Values; one
// thread.
#pragma once

#include <vector>

#include "bench/options.hpp"
#include "bench/server_process.hpp"

namespace qrgate::bench {

class ServersWatched {
public:
    // Throws CannotMeasure where a process cannot be looked at.
    explicit ServersWatched(const Options& options);
    bool any() const noexcept { return !pids_.empty(); }
    // Throws CannotMeasure when one has ended.
    ProcessUse use() const;

private:
    std::vector<pid_t> pids_;
};

// Throws CannotMeasure unless each answers GET /api/v1/context as qrgate does.
void expect_qrgate(const std::vector<Target>& targets);

}  // namespace qrgate::bench
