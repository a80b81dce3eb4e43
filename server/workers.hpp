// Threads for what costs: password hashes on their own, signature checks on theirs (docs/architecture.md,
// "Workers"). Each side has one bounded queue; when it is full the answer is Errc::busy at once. A job runs
// to its end; its result comes back on the caller's executor. Owned by App; `run` is called on the I/O thread
// only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "protocol/error.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

class Workers {
public:
    // `nice`: steps by which the threads stand back behind the others of this process (0 to 19).
    Workers(Executor home, unsigned threads, std::size_t queue_limit, int nice = 0);
    ~Workers();  // finishes what runs, drops what waits, joins
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // Runs `job` on a worker and resumes on the home executor. busy: the queue is full or stopping.
    // `job` must own everything it touches.
    Task<Result<void>> run(std::function<void()> job);

    std::size_t waiting() const noexcept;  // for metrics and readiness
    // Waiting or at work: at 0 all results are on their way home. Simulations wait for that, so that a story
    // is the same each time.
    std::size_t unfinished() const noexcept;
    std::size_t queue_limit() const noexcept;
    std::uint64_t taken() const noexcept;  // jobs that got into the queue, so far
    void stop();                           // refuses new jobs, joins

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
