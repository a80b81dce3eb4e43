// The server: owns everything (declared in the order of dependence, tasks last), starts it, and stops it in
// the order of docs/architecture.md: no new connections, not ready, waiting browsers told 1001, answers
// finished (at most 10 s), workers joined, database closed. One instance per process; runs on the thread that
// calls run().
#pragma once

#include <memory>

namespace qrgate {

struct Config;

class App {
public:
    // Throws std::runtime_error with one plain line when something it needs is missing (port, key, database
    // program).
    explicit App(const Config& config);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // Serves until SIGINT or SIGTERM; SIGHUP reads the TLS files again. The process's exit code.
    int run();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
