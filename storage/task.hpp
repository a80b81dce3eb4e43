// What the process runs on: one io_context, whose executor is named by its type. Asio's own defaults
// (asio::awaitable<T>, steady_timer, tcp::socket) hold any executor there may be, behind a table of functions
// and a count: a copy for each wait and a call through the table for each turn, a sixth of what a login cost
// (docs/performance.md). Everything of ours that waits is a Task; whoever makes one owns it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/wait_traits.hpp>
#include <chrono>

namespace qrgate {

using Executor = boost::asio::io_context::executor_type;

// A coroutine, run by whoever awaits or spawns it.
template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;
inline constexpr boost::asio::use_awaitable_t<Executor> use_task;

using Timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace qrgate
