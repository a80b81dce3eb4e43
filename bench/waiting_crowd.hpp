// More browsers that only wait, while something else is measured: held by processes of this program, so that
// neither their descriptors nor their work are the measurement's. Owned by its load; its processes end with
// it. Errors: CannotMeasure.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "bench/options.hpp"

namespace qrgate::bench {

class WaitingCrowd {
public:
    explicit WaitingCrowd(const Options& options) : options_(options) {}
    ~WaitingCrowd();
    WaitingCrowd(const WaitingCrowd&) = delete;
    WaitingCrowd& operator=(const WaitingCrowd&) = delete;

    // Returns when so many wait. Blocks.
    void begin(std::size_t how_many);
    // How many still do; asks the processes. Blocks shortly.
    std::size_t still_waiting();
    void end();

private:
    struct Process {
        pid_t id = -1;
        int to = -1;    // its standard input: closed, it ends
        int from = -1;  // its standard output: one number a line
    };
    void start(std::size_t seats, std::size_t first_source);

    const Options& options_;
    std::vector<Process> processes_{};
};

// What such a process runs: says how many wait when all do, and again for each octet of its standard input.
SubCommand hold_command();

}  // namespace qrgate::bench
