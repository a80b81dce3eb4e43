#include "bench/lanes.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>

#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

struct Lanes {
    Lanes(const Executor& executor, std::size_t how_many, std::function<Task<void>(std::size_t)> its_job)
        : bell(executor, Timer::time_point::max()), count(how_many), job(std::move(its_job)) {}

    Timer bell;
    std::size_t count;
    std::function<Task<void>(std::size_t)> job;
    std::chrono::steady_clock::time_point end = std::chrono::steady_clock::time_point::max();
    std::size_t next = 0;
    std::size_t running = 0;
    std::exception_ptr thrown{};
};

Task<void> run_lane(std::shared_ptr<Lanes> lanes) {
    while (lanes->next < lanes->count && !lanes->thrown && std::chrono::steady_clock::now() < lanes->end)
        co_await lanes->job(lanes->next++);
}

}  // namespace

Task<void> in_lanes_until(std::size_t lanes, std::size_t count, std::chrono::steady_clock::time_point end,
                          std::function<Task<void>(std::size_t)> job) {
    auto executor = co_await asio::this_coro::executor;
    auto all = std::make_shared<Lanes>(executor, count, std::move(job));
    all->end = end;
    const std::size_t many = std::min(lanes, count);
    all->running = many;
    for (std::size_t i = 0; i < many; ++i) {
        asio::co_spawn(executor, run_lane(all), [all](std::exception_ptr thrown) {
            if (thrown && !all->thrown) all->thrown = thrown;
            if (--all->running == 0) all->bell.cancel();
        });
    }
    if (all->running > 0) co_await all->bell.async_wait(asio::as_tuple(use_task));
    if (all->thrown) std::rethrow_exception(all->thrown);
}

Task<void> in_lanes(std::size_t lanes, std::size_t count, std::function<Task<void>(std::size_t)> job) {
    return in_lanes_until(lanes, count, std::chrono::steady_clock::time_point::max(), std::move(job));
}

void run_to_end(std::function<Task<void>()> work) {
    asio::io_context io(1);
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown) { failure = thrown; });
    io.run();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace qrgate::bench
