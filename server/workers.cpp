#include "server/workers.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/task.hpp"

namespace qrgate {

namespace {

// A job on its way: what to do, and how its caller goes on (always called on the home executor).
struct Job {
    std::function<void()> work;
    std::function<void(std::exception_ptr, bool ran)> finish;
};

// Linux: a thread has a nice value of its own, and its id is a process id here. Where it is refused, all are
// alike.
void stand_back(int nice) noexcept {
    if (nice == 0) return;
    const int now = ::getpriority(PRIO_PROCESS, 0);
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), std::min(now + nice, 19)));
}

}  // namespace

struct Workers::State {
    State(Executor executor, std::size_t limit) : home(std::move(executor)), queue_limit(limit) {}

    Executor home;
    std::size_t queue_limit;
    mutable std::mutex mutex;
    std::condition_variable bell;
    std::deque<Job> queue;    // under mutex
    std::uint64_t taken = 0;  // under mutex
    std::size_t at_work = 0;  // under mutex
    bool stopping = false;    // under mutex
    std::vector<std::thread> threads;

    // Moves the job only when there is room.
    bool push(Job& job) {
        {
            const std::lock_guard lock(mutex);
            if (stopping || queue.size() >= queue_limit) return false;
            queue.push_back(std::move(job));
            ++taken;
        }
        bell.notify_one();
        return true;
    }

    void work_until_stopped() {
        for (;;) {
            Job job;
            {
                std::unique_lock lock(mutex);
                bell.wait(lock, [this] { return stopping || !queue.empty(); });
                if (stopping) return;
                job = std::move(queue.front());
                queue.pop_front();
                ++at_work;
            }
            std::exception_ptr thrown;
            try {
                job.work();
            } catch (...) {
                thrown = std::current_exception();  // a bug of the job: rethrown where it was asked for
            }
            job.work = nullptr;  // what it owned (passwords) ends here, before the caller goes on
            job.finish(std::move(thrown), true);
            const std::lock_guard lock(mutex);
            --at_work;
        }
    }
};

Workers::Workers(Executor home, unsigned threads, std::size_t queue_limit, int nice)
    : state_(std::make_unique<State>(std::move(home), queue_limit)) {
    for (unsigned i = 0; i < std::max(1U, threads); ++i)
        state_->threads.emplace_back([state = state_.get(), nice] {
            stand_back(nice);
            state->work_until_stopped();
        });
}

Workers::~Workers() {
    stop();
}

Task<Result<void>> Workers::run(std::function<void()> job) {
    auto submit = [state = state_.get()](auto handler, std::function<void()> work) {
        // std::function copies; the handler only moves. The guard keeps the home context running meanwhile.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto finish = [shared, home = state->home, guard = asio::make_work_guard(state->home)](
                          std::exception_ptr thrown, bool ran) mutable {
            // The last reference goes along: a coroutine's handler must not be destroyed on a worker.
            asio::post(home, [handler = std::move(shared), thrown = std::move(thrown), ran] {
                std::move (*handler)(thrown, ran);
            });
        };
        shared.reset();
        Job entry{.work = std::move(work), .finish = std::move(finish)};
        if (!state->push(entry)) entry.finish(nullptr, false);
    };
    const bool ran =
        co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void(std::exception_ptr, bool)>(
            submit, use_task, std::move(job));
    if (!ran) co_return Errc::busy;
    co_return Result<void>{};
}

std::size_t Workers::waiting() const noexcept {
    const std::lock_guard lock(state_->mutex);
    return state_->queue.size();
}

std::size_t Workers::unfinished() const noexcept {
    const std::lock_guard lock(state_->mutex);
    return state_->queue.size() + state_->at_work;
}

std::size_t Workers::queue_limit() const noexcept {
    return state_->queue_limit;
}

std::uint64_t Workers::taken() const noexcept {
    const std::lock_guard lock(state_->mutex);
    return state_->taken;
}

void Workers::stop() {
    std::deque<Job> dropped;
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        dropped.swap(state_->queue);
    }
    state_->bell.notify_all();
    for (auto& job : dropped)
        job.finish(nullptr, false);
    for (auto& thread : state_->threads)
        thread.join();
    state_->threads.clear();
}

}  // namespace qrgate
