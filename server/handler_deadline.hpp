// A handler under a deadline: it runs as a task of its own, so that a late one can be left behind. I/O
// thread.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "server/http.hpp"
#include "server/task_group.hpp"
#include "storage/task.hpp"

namespace qrgate {

// Its answer; internal_error where it threw (and `on_failure` hears what), busy where it was late. `handler`
// and `on_failure` outlive the coroutine and the task.
Task<Response> ask_within(
    std::chrono::milliseconds deadline, TaskGroup& tasks, const Handler& handler, Request request,
    const std::function<void(std::string_view request_id, std::string_view what)>& on_failure);

}  // namespace qrgate
