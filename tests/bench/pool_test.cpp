#include "bench/pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>

#include "bench/lanes.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {
namespace {

Task<void> one_turn() {
    co_await asio::post(co_await asio::this_coro::executor, use_task);
}

Task<void> use(Pool<int>& pool, std::vector<int>& order, int who, int& at_once, int& most) {
    auto lease = co_await pool.take();
    order.push_back(who);
    most = std::max(most, ++at_once);
    // Long enough for a cancellation to arrive meanwhile.
    for (int turn = 0; turn < 10; ++turn)
        co_await one_turn();
    --at_once;
}

struct Users {
    explicit Users(std::size_t things) {
        for (std::size_t i = 0; i < things; ++i)
            pool.add(std::make_unique<int>(static_cast<int>(i)));
    }

    asio::io_context io{};
    Pool<int> pool{};
    std::vector<int> order{};
    int at_once = 0;
    int most = 0;

    auto user(int who) { return use(pool, order, who, at_once, most); }
};

void quietly(std::exception_ptr) {}

TEST(BenchPool, serves_in_order_and_never_the_same_thing_to_two) {
    Users users(2);
    for (int who = 0; who < 7; ++who)
        asio::co_spawn(users.io, users.user(who), quietly);

    users.io.run();

    EXPECT_EQ(users.order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(users.most, 2);
    EXPECT_EQ(users.pool.free(), 2U);
}

TEST(BenchPool, forgets_a_waiter_that_was_cancelled_and_gets_everything_back) {
    Users users(1);
    asio::cancellation_signal cancel;
    asio::co_spawn(users.io, users.user(0), quietly);
    asio::co_spawn(users.io, users.user(1), asio::bind_cancellation_slot(cancel.slot(), quietly));
    asio::co_spawn(users.io, users.user(2), quietly);
    asio::post(users.io, [&] { cancel.emit(asio::cancellation_type::terminal); });

    users.io.run();

    EXPECT_EQ(users.order, (std::vector<int>{0, 2}));
    EXPECT_EQ(users.pool.free(), 1U);
}

Task<void> note(std::vector<std::size_t>& done, std::size_t which, std::size_t& at_once, std::size_t& most) {
    most = std::max(most, ++at_once);
    co_await one_turn();
    --at_once;
    done.push_back(which);
}

TEST(BenchLanes, do_every_job_once_with_so_many_at_a_time) {
    std::vector<std::size_t> done;
    std::size_t at_once = 0;
    std::size_t most = 0;

    run_to_end(
        [&] { return in_lanes(3, 10, [&](std::size_t which) { return note(done, which, at_once, most); }); });

    std::ranges::sort(done);
    EXPECT_EQ(done, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    EXPECT_EQ(most, 3U);
}

Task<void> fail_at(std::vector<std::size_t>& begun, std::size_t which) {
    begun.push_back(which);
    co_await one_turn();
    if (which == 2) throw std::runtime_error("the third fails");
}

TEST(BenchLanes, end_with_the_first_exception_and_begin_nothing_after_it) {
    std::vector<std::size_t> begun;

    EXPECT_THROW(
        run_to_end([&] { return in_lanes(1, 10, [&](std::size_t which) { return fail_at(begun, which); }); }),
        std::runtime_error);

    EXPECT_EQ(begun, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(BenchLanes, without_jobs_end_at_once) {
    run_to_end([] { return in_lanes(4, 0, nullptr); });
}

}  // namespace
}  // namespace qrgate::bench
