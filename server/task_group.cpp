#include "server/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <unordered_map>
#include <vector>

#include "storage/task.hpp"

namespace qrgate {

struct TaskGroup::State {
    State(const Executor& ex, OnFailure failure)
        : executor(ex), on_failure(std::move(failure)), emptied(ex) {}

    Executor executor;
    OnFailure on_failure;
    Timer emptied;  // cancelled when the last task ends
    std::unordered_map<TaskId, asio::cancellation_signal> tasks;
    TaskId next = 1;
    bool orphaned = false;

    void ended(TaskId id, std::string_view name, const std::exception_ptr& thrown) {
        if (thrown && on_failure && !orphaned) report(name, thrown);
        tasks.erase(id);
        if (tasks.empty()) emptied.cancel();
    }

    void report(std::string_view name, const std::exception_ptr& thrown) const {
        try {
            std::rethrow_exception(thrown);
        } catch (const boost::system::system_error& error) {
            if (error.code() != asio::error::operation_aborted) on_failure(name, error.what());
        } catch (const std::exception& error) {
            on_failure(name, error.what());
        } catch (...) {
            on_failure(name, "unknown exception");
        }
    }
};

TaskGroup::TaskGroup(Executor executor, OnFailure on_failure)
    : state_(std::make_shared<State>(executor, std::move(on_failure))) {}

TaskGroup::~TaskGroup() {
    state_->orphaned = true;
    cancel();
}

TaskGroup::TaskId TaskGroup::spawn(std::string_view name, Task<void> task) {
    TaskId id = state_->next++;
    asio::cancellation_slot slot = state_->tasks[id].slot();
    asio::co_spawn(state_->executor, std::move(task),
                   asio::bind_cancellation_slot(slot, [state = state_, id, name](std::exception_ptr thrown) {
                       state->ended(id, name, thrown);
                   }));
    return id;
}

void TaskGroup::cancel(TaskId task) {
    auto found = state_->tasks.find(task);
    if (found != state_->tasks.end()) found->second.emit(asio::cancellation_type::terminal);
}

void TaskGroup::cancel() {
    std::vector<TaskId> ids;
    ids.reserve(state_->tasks.size());
    for (const auto& [id, signal] : state_->tasks)
        ids.push_back(id);
    for (TaskId id : ids)
        cancel(id);
}

Task<bool> TaskGroup::wait(std::chrono::milliseconds within) {
    auto state = state_;
    auto until = std::chrono::steady_clock::now() + within;
    while (!state->tasks.empty() && std::chrono::steady_clock::now() < until) {
        state->emptied.expires_at(until);
        co_await state->emptied.async_wait(asio::as_tuple(use_task));
    }
    const bool all_ended = state->tasks.empty();
    co_return all_ended;
}

std::size_t TaskGroup::size() const noexcept {
    return state_->tasks.size();
}

}  // namespace qrgate
