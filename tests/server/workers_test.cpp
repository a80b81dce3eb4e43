#include "server/workers.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <future>
#include <thread>

#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using tests::run;

// A job that holds its worker until it is let go.
struct Gate {
    std::promise<void> entered;
    std::promise<void> open;
    std::function<void()> job() {
        return [this] {
            entered.set_value();
            open.get_future().wait();
        };
    }
};

void keep(asio::io_context& context, Workers& workers, std::function<void()> job,
          std::optional<Result<void>>& into) {
    asio::co_spawn(context, workers.run(std::move(job)),
                   [&into](std::exception_ptr thrown, Result<void> result) {
                       if (!thrown) into = result;
                   });
}

TEST(Workers, RunAJobOnAnotherThreadAndResumeAtHome) {
    asio::io_context context;
    Workers workers(context.get_executor(), 1, 4);
    std::thread::id job_thread;
    std::thread::id resumed_on;

    std::optional<Result<void>> result;
    asio::co_spawn(context, workers.run([&] { job_thread = std::this_thread::get_id(); }),
                   [&](std::exception_ptr, Result<void> value) {
                       result = value;
                       resumed_on = std::this_thread::get_id();
                   });
    context.run();

    ASSERT_TRUE(result && *result);
    EXPECT_NE(job_thread, std::this_thread::get_id());
    EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST(Workers, KeepTheHomeContextRunningWhileAJobRuns) {
    asio::io_context context;
    Workers workers(context.get_executor(), 1, 4);
    Gate gate;
    std::optional<Result<void>> result;
    keep(context, workers, gate.job(), result);
    context.poll();

    gate.entered.get_future().wait();
    EXPECT_FALSE(result);
    EXPECT_FALSE(context.stopped());
    gate.open.set_value();
    context.run();

    EXPECT_TRUE(result && *result);
}

TEST(Workers, CountAJobAsUnfinishedUntilItsResultIsOnTheWay) {
    asio::io_context context;
    Workers workers(context.get_executor(), 1, 4);
    Gate gate;
    std::optional<Result<void>> at_work;
    std::optional<Result<void>> behind_it;
    EXPECT_EQ(workers.unfinished(), 0U);
    keep(context, workers, gate.job(), at_work);
    keep(context, workers, [] {}, behind_it);
    context.poll();
    gate.entered.get_future().wait();
    EXPECT_EQ(workers.unfinished(), 2U);

    gate.open.set_value();
    while (workers.unfinished() > 0)
        std::this_thread::yield();
    context.restart();
    context.poll();

    EXPECT_TRUE(at_work && behind_it) << "both results lie there";
}

TEST(Workers, SayBusyAtOnceWhenTheQueueIsFull) {
    asio::io_context context;
    Workers workers(context.get_executor(), 1, 2);
    Gate gate;
    std::array<std::optional<Result<void>>, 4> results;
    keep(context, workers, gate.job(), results[0]);
    context.poll();
    gate.entered.get_future().wait();

    for (std::size_t i = 1; i < 4; ++i)
        keep(context, workers, [] {}, results[i]);
    context.restart();
    context.poll();

    EXPECT_EQ(workers.waiting(), 2U);
    ASSERT_TRUE(results[3]);
    EXPECT_EQ(results[3]->error(), Errc::busy);
    EXPECT_FALSE(results[1] || results[2]);
    gate.open.set_value();
    context.run();
    EXPECT_TRUE(results[1] && *results[1] && results[2] && *results[2]);
    EXPECT_EQ(workers.waiting(), 0U);
}

TEST(Workers, StandBackByTheirOwnNiceValueOnly) {
    asio::io_context context;
    Workers polite(context.get_executor(), 1, 4, 3);
    const int ours = ::getpriority(PRIO_PROCESS, 0);
    int theirs = ours;

    EXPECT_TRUE(run(
        context, polite.run([&] { theirs = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); })));

    EXPECT_EQ(theirs, std::min(ours + 3, 19));
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), ours);
}

TEST(Workers, RethrowAtHomeWhatAJobThrew) {
    asio::io_context context;
    Workers workers(context.get_executor(), 1, 4);

    EXPECT_THROW(run(context, workers.run([] { throw std::logic_error("a bug"); })), std::logic_error);
    EXPECT_TRUE(run(context, workers.run([] {})));
}

TEST(Workers, FinishWhatRunsAndDropWhatWaitsWhenStopped) {
    asio::io_context context;
    Workers workers(context.get_executor(), 1, 4);
    Gate gate;
    bool dropped_ran = false;
    std::optional<Result<void>> running;
    std::optional<Result<void>> waiting;
    keep(context, workers, gate.job(), running);
    keep(context, workers, [&] { dropped_ran = true; }, waiting);
    context.poll();
    gate.entered.get_future().wait();

    std::thread opener([&] {
        while (workers.waiting() != 0)
            std::this_thread::yield();  // stop() has taken the queue
        gate.open.set_value();
    });
    workers.stop();
    opener.join();
    context.restart();
    context.run();

    EXPECT_TRUE(running && *running);
    ASSERT_TRUE(waiting);
    EXPECT_EQ(waiting->error(), Errc::busy);
    EXPECT_FALSE(dropped_ran);
}

TEST(Workers, RefuseJobsAfterStop) {
    asio::io_context context;
    Workers workers(context.get_executor(), 2, 4);
    workers.stop();

    EXPECT_EQ(run(context, workers.run([] {})).error(), Errc::busy);
}

TEST(Workers, LetGoOfWhatAJobOwnsBeforeTheCallerGoesOn) {
    asio::io_context context;
    Workers workers(context.get_executor(), 1, 4);
    auto secret = std::make_shared<int>(1);
    const std::weak_ptr<int> watch = secret;

    std::function<void()> job = [secret] {};
    secret.reset();
    bool gone = false;
    asio::co_spawn(context, workers.run(std::move(job)),
                   [&](std::exception_ptr, Result<void>) { gone = watch.expired(); });
    context.run();

    EXPECT_TRUE(gone);
}

TEST(Workers, MayEndWhileCallersStillWait) {
    std::optional<Result<void>> result;
    asio::io_context context;
    {
        Workers workers(context.get_executor(), 1, 4);
        keep(context, workers, [] {}, result);
        context.poll();
    }
    context.restart();
    context.run();

    EXPECT_TRUE(result);
}

}  // namespace
}  // namespace qrgate
