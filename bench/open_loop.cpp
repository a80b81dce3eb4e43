#include "bench/open_loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <list>
#include <optional>

#include "storage/task.hpp"

namespace qrgate::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto quietly = asio::as_tuple(use_task);

// What the loop and its asks share. Alive until the last ask has ended.
struct Shared {
    LoopPlan plan;
    AskFunction ask;
    Executor executor;
    Timer bell;  // the loop sleeps on it; an ask that ends may ring
    std::list<asio::cancellation_signal> signals = {};
    std::size_t running = 0;
    bool waiting_for_end = false;
    bool measured_from_called = false;
    bool end_called = false;
};

void ended(Shared& shared, std::list<asio::cancellation_signal>::iterator signal) {
    shared.signals.erase(signal);
    shared.running -= 1;
    if (shared.waiting_for_end && shared.running == 0) shared.bell.cancel();
}

Task<void> sleep_until(Shared& shared, Time when) {
    shared.bell.expires_at(when);
    co_await shared.bell.async_wait(quietly);
}

void call_marks(Shared& shared, Time now, Time from, Time end) {
    if (now >= from && !std::exchange(shared.measured_from_called, true) && shared.plan.on_measured_from)
        shared.plan.on_measured_from();
    if (now >= end && !std::exchange(shared.end_called, true) && shared.plan.on_end) shared.plan.on_end();
}

// `spawn_one(completion)`: an ask and what follows it.
template <class Done>
void start(Shared& shared, Ask ask, Done done) {
    shared.running += 1;
    auto signal = shared.signals.emplace(shared.signals.end());
    asio::co_spawn(shared.executor, shared.ask(ask),
                   asio::bind_cancellation_slot(
                       signal->slot(), [&shared, ask, signal, done](std::exception_ptr thrown, bool good) {
                           done(ask, !thrown && good);
                           ended(shared, signal);
                       }));
}

// Waits for the asks that still run; cancels them when patience is over.
Task<void> wait_for_asks(Shared& shared, Time until, std::function<void()> give_up) {
    shared.waiting_for_end = true;
    if (shared.running > 0) co_await sleep_until(shared, until);
    if (shared.running == 0) co_return;
    give_up();
    for (auto& signal : shared.signals)
        signal.emit(asio::cancellation_type::terminal);
    while (shared.running > 0)
        co_await sleep_until(shared, Clock::now() + std::chrono::milliseconds{20});
}

double part_of(Time now, Time start, Time end) {
    return std::chrono::duration<double>(now - start) / std::chrono::duration<double>(end - start);
}

constexpr std::chrono::milliseconds look_again{200};  // for the progress line and the marks

struct Lanes {
    Tally tally = {};
    Time from{};
    Time end{};
    std::uint64_t number = 0;
};

void ask_again(Shared& shared, Lanes& lanes) {
    Time now = Clock::now();
    if (now >= lanes.end) return;
    Ask ask{.number = lanes.number++, .intended = now, .warmup = now < lanes.from};
    start(shared, ask, [&shared, &lanes](const Ask& asked, bool good) {
        if (!asked.warmup) {
            lanes.tally.asked += 1;
            (good ? lanes.tally.answered : lanes.tally.failed) += 1;
            lanes.tally.latency.add(Clock::now() - asked.intended);
        }
        // Through the executor: answers that come at once must not pile up on the stack.
        asio::post(shared.executor, [&shared, &lanes] { ask_again(shared, lanes); });
    });
}

}  // namespace

Task<Tally> open_loop(LoopPlan plan, AskFunction ask, Progress& progress) {
    auto executor = co_await asio::this_coro::executor;
    Shared shared{
        .plan = std::move(plan), .ask = std::move(ask), .executor = executor, .bell = Timer(executor)};
    const Time begin = Clock::now();
    Pacer pacer(shared.plan.pace, begin);
    while (!pacer.all_sent() || Clock::now() < pacer.end()) {
        Time now = Clock::now();
        call_marks(shared, now, pacer.measured_from(), pacer.end());
        while (auto next = pacer.next(now))
            start(shared, *next,
                  [&pacer](const Ask& asked, bool good) { pacer.done(asked, Clock::now(), good); });
        progress.show(now, part_of(now, begin, pacer.end()), pacer.tally());
        co_await sleep_until(shared, std::min({pacer.due(), pacer.end(), now + look_again}));
    }
    call_marks(shared, Clock::now(), pacer.measured_from(), pacer.end());
    co_await wait_for_asks(shared, Clock::now() + shared.plan.patience,
                           [&pacer] { pacer.give_up(Clock::now()); });
    co_return pacer.tally();
}

Task<Tally> flat_out(LoopPlan plan, std::size_t lanes, AskFunction ask, Progress& progress) {
    auto executor = co_await asio::this_coro::executor;
    Shared shared{
        .plan = std::move(plan), .ask = std::move(ask), .executor = executor, .bell = Timer(executor)};
    const Time begin = Clock::now();
    Lanes state{.from = begin + shared.plan.pace.warmup,
                .end = begin + shared.plan.pace.warmup + shared.plan.pace.measured};
    for (std::size_t lane = 0; lane < lanes; ++lane)
        ask_again(shared, state);
    for (Time now = Clock::now(); now < state.end; now = Clock::now()) {
        call_marks(shared, now, state.from, state.end);
        progress.show(now, part_of(now, begin, state.end), state.tally);
        Time next = now < state.from ? std::min(state.from, now + look_again) : now + look_again;
        co_await sleep_until(shared, std::min(state.end, next));
    }
    call_marks(shared, Clock::now(), state.from, state.end);
    co_await wait_for_asks(shared, Clock::now() + shared.plan.patience, [] {});
    // The posts of the last asks.
    co_await asio::post(executor, use_task);
    co_return state.tally;
}

Tally run_here(std::function<Task<Tally>()> work) {
    asio::io_context context(1);
    std::optional<Tally> tally;
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr thrown, Tally measured) {
        failure = thrown;
        tally = std::move(measured);
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*tally);
}

}  // namespace qrgate::bench
