#include "server/http_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <unordered_set>

#include "server/answer_octets.hpp"
#include "server/request_head.hpp"

namespace qrgate {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t write_piece = 64 * 1024;

milliseconds left_until(steady_clock::time_point until) {
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(until - steady_clock::now()));
}

// A handler's result on its way back. Shared: a handler that was too late may end after its connection.
struct Exchange {
    explicit Exchange(const asio::any_io_executor& executor) : bell(executor) {}
    asio::steady_timer bell;
    bool over = false;
    std::optional<Response> response = {};
    std::string failure = {};
};

asio::awaitable<void> run_handler(std::shared_ptr<Exchange> exchange, const Handler& handler,
                                  Request request) {
    // The last barrier: a bug in a handler is a 500 for its request, and nobody else's trouble.
    try {
        exchange->response = co_await handler(std::move(request));
    } catch (const std::exception& error) {
        exchange->failure = error.what();
    }
    exchange->over = true;
    exchange->bell.cancel();
}

std::string joined(const Request& request, std::string_view name) {
    std::string all;
    for (const auto& [key, value] : request.headers)
        if (key == name) all.append(all.empty() ? "" : ",").append(value);
    return all;
}

}  // namespace

struct HttpServer::State {
    State(TaskGroup& t, HttpOptions o, Handler a) : tasks(t), options(std::move(o)), answer(std::move(a)) {}

    TaskGroup& tasks;
    HttpOptions options;
    Handler answer;
    bool draining = false;
    std::unordered_set<Transport*> idle = {};
    // Every connection reads into this one and copies out before anything else runs: read_some fills it and
    // returns without a suspension in between, so that an idle connection holds no buffer.
    std::array<char, 16 * 1024> scratch = {};
};

namespace {

// In the idle set for as long as it lives, also when the coroutine is thrown out of its read.
template <class State>
class IdleMark {
public:
    IdleMark(State& state, Transport* transport) : state_(state), transport_(transport) {
        state_.idle.insert(transport);
    }
    ~IdleMark() { state_.idle.erase(transport_); }
    IdleMark(const IdleMark&) = delete;
    IdleMark& operator=(const IdleMark&) = delete;

private:
    State& state_;
    Transport* transport_;
};

template <class State>
class Connection {
public:
    Connection(State& server, std::unique_ptr<Transport> transport)
        : server_(server), limits_(server.options.limits), transport_(std::move(transport)) {}

    asio::awaitable<void> run() {
        if (!co_await transport_->handshake(limits_.handshake_deadline)) co_return;
        while (co_await one_exchange()) {
        }
        if (transport_) co_await transport_->close(limits_.close_deadline);
    }

private:
    // How a request's reading ended when there is no request: nothing to say (gone, idle), or a refusal.
    struct Ended {
        std::optional<HeadFault> refusal = {};
    };

    // False: the connection is to be closed, or no longer ours.
    asio::awaitable<bool> one_exchange() {
        Ended ended;
        std::optional<RequestHead> head = co_await read_request(ended);
        if (!head && !ended.refusal) co_return false;
        auto began = steady_clock::now();
        Request request = head ? std::move(head->request) : Request{};
        place(request);
        AnswerForm form{head && head->keep_alive && !server_.draining,
                        request.http_1_1,
                        request.secure,
                        request.method == Method::head,
                        {},
                        server_.options.content_security_policy};
        if (server_.options.now) form.date = http_date(server_.options.now());
        HttpExchange told{{}, request.method, {}, {}, 0, 0, {}};
        std::string request_id = request.request_id;
        std::string address = request.address;
        Response response = head ? co_await ask(std::move(request)) : refuse(*ended.refusal, request);
        form.keep_alive = form.keep_alive && !server_.draining;
        bool written = co_await write(response, form);
        told.request_id = request_id;
        told.address = address;
        told.route = response.route;
        told.status = response.status;
        told.body_octets = body_of(response, form).size();
        told.took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
        if (server_.options.on_answer) server_.options.on_answer(told);
        if (!written) co_return false;
        if (response.take_over && !form.head_only) {
            response.take_over(std::move(transport_), std::move(buffer_));
            co_return false;
        }
        co_return form.keep_alive&& response.status != 101;
    }

    // Head and body; on nullopt `ended` says what to do. Headers of a refused request are lost, so that its
    // answer is in the default language.
    asio::awaitable<std::optional<RequestHead>> read_request(Ended& ended) {
        HeadScanner scanner;
        auto until = steady_clock::now() + limits_.read_deadline;
        auto outcome = scanner.look(buffer_, limits_.header_limit);
        while (outcome == HeadScanner::Outcome::needs_more) {
            bool idle = buffer_.empty();
            if (!co_await read_more(idle ? limits_.idle_deadline : left_until(until), ended))
                co_return std::nullopt;
            if (idle) until = steady_clock::now() + limits_.read_deadline;
            outcome = scanner.look(buffer_, limits_.header_limit);
        }
        if (outcome == HeadScanner::Outcome::malformed) ended.refusal = HeadFault{400, Errc::bad_request};
        if (outcome == HeadScanner::Outcome::too_long) ended.refusal = HeadFault{431, Errc::too_large};
        if (ended.refusal) co_return std::nullopt;
        auto parsed = parse_head(std::string_view(buffer_).substr(0, scanner.size()), limits_.header_limit,
                                 limits_.body_limit);
        if (!parsed) {
            ended.refusal = parsed.error();
            co_return std::nullopt;
        }
        buffer_.erase(0, scanner.size());
        RequestHead head = std::move(*parsed);
        if (!co_await read_body(head, ended)) co_return std::nullopt;
        co_return head;
    }

    asio::awaitable<bool> read_body(RequestHead& head, Ended& ended) {
        auto until = steady_clock::now() + limits_.read_deadline;
        if (head.expects_continue && buffer_.size() < head.content_length) {
            if (!co_await transport_->write_all("HTTP/1.1 100 Continue\r\n\r\n", limits_.write_deadline))
                co_return false;
        }
        while (buffer_.size() < head.content_length)
            if (!co_await read_more(left_until(until), ended)) co_return false;
        head.request.body = buffer_.substr(0, head.content_length);
        buffer_.erase(0, head.content_length);
        if (buffer_.empty()) buffer_ = {};  // an idle connection holds no memory
        co_return true;
    }

    asio::awaitable<bool> read_more(milliseconds within, Ended& ended) {
        std::optional<IdleMark<State>> mark;
        if (buffer_.empty()) {
            if (server_.draining) co_return false;
            mark.emplace(server_, transport_.get());
        }
        auto got = co_await transport_->read_some(server_.scratch, within);
        if (got) {
            buffer_.append(server_.scratch.data(), *got);
            co_return true;
        }
        // An idle connection ends without a word; one that began a request is told that it was too slow.
        if (got.error() == Errc::timed_out && !mark) ended.refusal = HeadFault{408, Errc::bad_request};
        co_return false;
    }

    void place(Request& request) const {
        ClientView view =
            client_view(server_.options.proxies, transport_->peer_address(), transport_->secure(),
                        joined(request, "x-forwarded-for"), joined(request, "x-forwarded-proto"));
        request.address = std::move(view.address);
        request.secure = view.secure;
        request.request_id = server_.options.new_request_id();
    }

    static Response refuse(const HeadFault& refusal, const Request& request) {
        Response response = error_answer(refusal.errc, request);
        response.status = refusal.status;
        return response;
    }

    asio::awaitable<Response> ask(Request request) {
        Language language = choose_language(request.header("accept-language"));
        std::string request_id = request.request_id;
        auto exchange = std::make_shared<Exchange>(co_await asio::this_coro::executor);
        exchange->bell.expires_after(limits_.handler_deadline);
        auto task = server_.tasks.spawn("handler", run_handler(exchange, server_.answer, std::move(request)));
        if (!exchange->over) co_await exchange->bell.async_wait(asio::as_tuple(asio::use_awaitable));
        if (exchange->response) co_return std::move(*exchange->response);
        if (exchange->over) {
            if (server_.options.on_failure) server_.options.on_failure(request_id, exchange->failure);
            co_return error_answer(Errc::internal_error, language);
        }
        server_.tasks.cancel(task);
        co_return error_answer(Errc::busy, language);
    }

    asio::awaitable<bool> write(const Response& response, const AnswerForm& form) {
        std::string octets = head_of(response, form);
        std::string_view body = body_of(response, form);
        // Small answers go out in one write; what is left of large ones in pieces, each with its own
        // deadline.
        std::size_t first = std::min(body.size(), write_piece - std::min(write_piece, octets.size()));
        octets.append(body.substr(0, first));
        body.remove_prefix(first);
        if (!co_await transport_->write_all(octets, limits_.write_deadline)) co_return false;
        while (!body.empty()) {
            std::string_view piece = body.substr(0, write_piece);
            body.remove_prefix(piece.size());
            if (!co_await transport_->write_all(piece, limits_.write_deadline)) co_return false;
        }
        co_return true;
    }

    State& server_;
    const HttpLimits& limits_;
    std::unique_ptr<Transport> transport_;
    std::string buffer_ = {};  // read and not yet used
};

}  // namespace

HttpServer::HttpServer(TaskGroup& tasks, HttpOptions options, Handler answer)
    : state_(std::make_unique<State>(tasks, std::move(options), std::move(answer))) {}

HttpServer::~HttpServer() = default;

asio::awaitable<void> HttpServer::serve(std::unique_ptr<Transport> transport) {
    Connection<State> connection(*state_, std::move(transport));
    co_await connection.run();
}

void HttpServer::drain() {
    state_->draining = true;
    for (Transport* transport : state_->idle)
        transport->stop_reading();
}

}  // namespace qrgate
