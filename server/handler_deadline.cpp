#include "server/handler_deadline.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <string>

#include "storage/task.hpp"

namespace qrgate {
namespace {

// A handler's result on its way back. Shared: a handler that was too late may end after its connection.
struct Exchange {
    explicit Exchange(const Executor& executor) : bell(executor) {}
    Timer bell;
    bool over = false;
    std::optional<Response> response = {};
    std::string failure = {};
};

Task<void> run_handler(std::shared_ptr<Exchange> exchange, const Handler& handler, Request request) {
    // The last barrier: a bug in a handler is a 500 for its request, and nobody else's trouble.
    try {
        exchange->response = co_await handler(std::move(request));
    } catch (const std::exception& error) {
        exchange->failure = error.what();
    }
    exchange->over = true;
    exchange->bell.cancel();
}

}  // namespace

Task<Response> ask_within(
    std::chrono::milliseconds deadline, TaskGroup& tasks, const Handler& handler, Request request,
    const std::function<void(std::string_view request_id, std::string_view what)>& on_failure) {
    Language language = choose_language(request.header("accept-language"));
    std::string request_id = request.request_id;
    auto exchange = std::make_shared<Exchange>(co_await asio::this_coro::executor);
    exchange->bell.expires_after(deadline);
    auto task = tasks.spawn("handler", run_handler(exchange, handler, std::move(request)));
    if (!exchange->over) co_await exchange->bell.async_wait(asio::as_tuple(use_task));
    if (exchange->response) co_return std::move(*exchange->response);
    if (exchange->over) {
        if (on_failure) on_failure(request_id, exchange->failure);
        co_return error_answer(Errc::internal_error, language);
    }
    tasks.cancel(task);
    co_return error_answer(Errc::busy, language);
}

}  // namespace qrgate
