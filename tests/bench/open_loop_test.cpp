#include "bench/open_loop.hpp"
#include "storage/task.hpp"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <stdexcept>

namespace qrgate::bench {
namespace {

using namespace std::chrono_literals;

Task<bool> answer(Ask ask) {
    if (ask.number % 10 == 3) throw std::runtime_error("this one throws");
    co_return ask.number % 10 != 7;
}

Task<bool> never(Ask) {
    asio::steady_timer forever(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await forever.async_wait(use_task);
    co_return true;
}

TEST(OpenLoop, CountsAnswersRefusalsAndExceptions) {
    Progress progress(false, "test");
    int marks = 0;
    LoopPlan plan{.pace = {.rate = 1000, .measured = 100ms}};
    plan.on_measured_from = plan.on_end = [&marks] { marks += 1; };

    Tally tally = run_here([&] { return open_loop(plan, answer, progress); });

    EXPECT_EQ(tally.asked, 100U);
    EXPECT_EQ(tally.answered, 80U);
    EXPECT_EQ(tally.failed, 20U);
    EXPECT_EQ(tally.latency.count(), 100U);
    EXPECT_EQ(marks, 2);
}

TEST(OpenLoop, GivesUpWhatHasNoEnd) {
    Progress progress(false, "test");

    Tally tally = run_here([&] {
        return open_loop({.pace = {.rate = 100, .measured = 50ms}, .patience = 10ms}, never, progress);
    });

    EXPECT_EQ(tally.asked, 5U);
    EXPECT_EQ(tally.failed, 5U);
    EXPECT_EQ(tally.latency.count(), 5U);
}

TEST(FlatOut, AsksAgainAsSoonAsItWasAnswered) {
    Progress progress(false, "test");

    Tally tally = run_here([&] { return flat_out({.pace = {.measured = 50ms}}, 3, answer, progress); });

    EXPECT_GT(tally.asked, 10U);
    EXPECT_EQ(tally.asked, tally.answered + tally.failed);
    EXPECT_EQ(tally.late, 0U);
}

TEST(ProgressBar, FillsUp) {
    EXPECT_EQ(progress_bar(0), "[........................]   0 %");
    EXPECT_EQ(progress_bar(0.5), "[############............]  50 %");
    EXPECT_EQ(progress_bar(7), "[########################] 100 %");
}

}  // namespace
}  // namespace qrgate::bench
