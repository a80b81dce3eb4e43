// Owns coroutines that nobody awaits: connections, accept loops, handlers under a deadline, background
// sweeps. Owned by App and declared last there, so that tasks end before what they use. I/O thread only. A
// task that ends by an exception is reported through the callback, cancellation excepted; none is lost
// silently. The one invariant: after wait() said true no task is left. A group that dies with tasks running
// cancels them; they must not outlive what they refer to, so wait() first.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

class TaskGroup {
public:
    using OnFailure = std::function<void(std::string_view task, std::string_view what)>;
    using TaskId = std::uint64_t;

    TaskGroup(Executor executor, OnFailure on_failure);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    // `name` is a literal: it is kept as it is and shows up in reports.
    TaskId spawn(std::string_view name, Task<void> task);
    // Asks the task, or all of them, to end: their next await throws operation_aborted. Unknown ids are ended
    // ones.
    void cancel(TaskId task);
    void cancel();
    // True when no task is left; false when some still run after `within` of real time.
    Task<bool> wait(std::chrono::milliseconds within);
    std::size_t size() const noexcept;

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the tasks' completion handlers, which may come after this
};

}  // namespace qrgate
