#include "server/http_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <list>
#include <optional>
#include <utility>

#include "server/answer_octets.hpp"
#include "server/handler_deadline.hpp"
#include "server/list_header.hpp"
#include "server/plain_request.hpp"
#include "server/request_head.hpp"
#include "server/wiped_after.hpp"
#include "storage/task.hpp"

namespace qrgate {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t write_piece = std::size_t{64} * 1024;

milliseconds left_until(steady_clock::time_point until) {
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(until - steady_clock::now()));
}

std::chrono::microseconds since(steady_clock::time_point began) {
    return std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
}

}  // namespace

struct HttpServer::State {
    struct Known {
        Transport* transport = nullptr;
        bool idle = false;
    };

    State(TaskGroup& t, HttpOptions o, Handler a, AtOnce n)
        : tasks(t),
          options(std::move(o)),
          answer(std::move(a)),
          at_once(std::move(n)),
          usual{usual_headers(options.content_security_policy, false),
                usual_headers(options.content_security_policy, true)} {}

    // The same text for a whole second; good until the next call.
    std::string_view date() {
        if (!options.now) return {};
        const auto now = std::chrono::floor<std::chrono::seconds>(options.now());
        if (date_text.empty() || now != dated) date_text = http_date(now);
        dated = now;
        return date_text;
    }

    TaskGroup& tasks;
    HttpOptions options;
    Handler answer;
    AtOnce at_once;
    std::array<std::string, 2> usual;  // plain, https
    bool draining = false;
    std::list<Known> connections = {};
    unsigned rests = 0;
    std::string date_text = {};
    std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds> dated{};
    // Every connection reads into this one and copies out before anything else runs: read_some fills it and
    // returns without a suspension in between, so that an idle connection holds no buffer.
    std::array<char, std::size_t{16} * 1024> scratch = {};
    // One request read without a copy and its answer, between one read and one write.
    PlainRequest plain = {};
    std::string octets = {};
};

namespace {

// Idle for as long as it lives, also when the coroutine is thrown out of its read.
class IdleMark {
public:
    explicit IdleMark(bool& idle) : idle_(idle) { idle_ = true; }
    ~IdleMark() { idle_ = false; }
    IdleMark(const IdleMark&) = delete;
    IdleMark& operator=(const IdleMark&) = delete;

private:
    bool& idle_;
};

template <class State>
class Connection {
public:
    Connection(State& server, std::unique_ptr<Transport> transport)
        : server_(server),
          limits_(server.options.limits),
          transport_(std::move(transport)),
          known_(server.connections.insert(server.connections.end(), {transport_.get(), false})),
          peer_(transport_->peer_address()) {
        const auto octets = parse_address(peer_);
        behind_proxy_ = octets && server.options.proxies.contains(*octets);
    }
    ~Connection() { server_.connections.erase(known_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Task<void> run() {
        if (!co_await transport_->handshake(limits_.handshake_deadline)) co_return;
        auto idle_until = steady_clock::now() + limits_.idle_deadline;
        for (Turn turn = answer_what_came();;) {
            if (turn == Turn::begun && !co_await one_exchange()) break;
            if (turn == Turn::unwritten && !co_await write_rest()) break;
            if (turn == Turn::over) break;
            const bool used = turn != Turn::nothing;
            if (used) {
                idle_until = steady_clock::now() + limits_.idle_deadline;
                wanted_ = IoStep::wants_read;
            }
            if (std::exchange(refused_, false)) co_await rest();
            // TLS may hold a next request already; of a plain socket it is cheaper to be told.
            if (!buffer_.empty() || (used && transport_->secure())) {
                turn = buffer_.empty() ? answer_what_came() : Turn::begun;
                continue;
            }
            if (server_.draining) break;
            const IdleMark mark(known_->idle);
            const auto waited = co_await transport_->look_when_ready({wanted_, idle_until}, [&] {
                turn = answer_what_came();
                return waits_on(turn, idle_until);
            });
            if (!waited) break;
        }
        if (transport_) co_await transport_->close(limits_.close_deadline);
    }

private:
    // What came of a look at an idle connection: nothing yet; a request that was answered in the same breath,
    // whole or in part; one that takes longer, now in buffer_; the end.
    enum class Turn : unsigned char { nothing, answered, unwritten, begun, over };

    // What is waited for next where nothing else is to be done after this turn.
    std::optional<Transport::Wait> waits_on(Turn turn, steady_clock::time_point& idle_until) {
        const bool again = turn == Turn::answered && buffer_.empty() && !refused_ && !server_.draining &&
                           !transport_->secure();
        if (!again) return std::nullopt;
        idle_until = steady_clock::now() + limits_.idle_deadline;
        return Transport::Wait{IoStep::wants_read, idle_until};
    }

    Turn answer_what_came() {
        IoProgress got = transport_->try_read(server_.scratch);
        wanted_ = got.step;
        if (got.step == IoStep::wants_read || got.step == IoStep::wants_write) return Turn::nothing;
        if (got.step == IoStep::over) return Turn::over;
        const WipedAfter wiped({server_.scratch.data(), got.octets});
        const std::string_view octets(server_.scratch.data(), got.octets);
        PlainRequest& plain = server_.plain;
        const bool asked =
            server_.at_once && read_plain_request(octets, limits_.header_limit, limits_.body_limit, plain);
        Response response;
        if (!asked || !answers_at_once(plain.view, response)) {
            buffer_.assign(octets);
            return Turn::begun;
        }
        buffer_.assign(octets.substr(plain.size));
        return write_at_once(plain.view, response);
    }

    bool answers_at_once(RequestView& view, Response& response) {
        view.secure = transport_->secure();
        view.address = peer_;
        if (behind_proxy_) {
            ClientView client =
                client_view(server_.options.proxies, peer_, view.secure, joined(view, "x-forwarded-for"),
                            joined(view, "x-forwarded-proto"));
            client_ = std::move(client.address);
            view.address = client_;
            view.secure = client.secure;
        }
        began_ = steady_clock::now();
        try {
            return server_.at_once(view, response);
        } catch (const std::exception& error) {
            if (server_.options.on_failure)
                server_.options.on_failure(server_.options.new_request_id(), error.what());
            response = error_answer(Errc::internal_error, choose_language(view.header("accept-language")));
            return true;
        }
    }

    Turn write_at_once(const RequestView& view, const Response& response) {
        AnswerForm form = form_of(!server_.draining, true, view.secure, view.method);
        form.date = server_.date();
        std::string& octets = server_.octets;
        octets.clear();
        append_head(octets, response, form);
        octets.append(body_of(response, form));
        const IoProgress put = transport_->try_write(octets);
        const bool over = put.step == IoStep::over;
        refused_ = response.status == 429 || response.status == 503;
        if (server_.options.on_answer) {
            const std::string request_id = server_.options.new_request_id();
            server_.options.on_answer({request_id, view.method, response.route, view.address, response.status,
                                       body_of(response, form).size(), since(began_)});
        }
        if (over) return Turn::over;
        if (put.octets < octets.size()) {
            rest_ = octets.substr(put.octets);
            return Turn::unwritten;
        }
        return form.keep_alive ? Turn::answered : Turn::over;
    }

    Task<bool> write_rest() {
        auto written = co_await transport_->write_all(rest_, limits_.write_deadline);
        rest_ = {};
        co_return written.has_value();
    }

    // Not all alike, so that many who were refused together do not come together again.
    Task<void> rest() {
        const auto length = std::chrono::microseconds(limits_.rest) * (96 + server_.rests++ * 37 % 64) / 128;
        Timer timer(co_await asio::this_coro::executor, length);
        co_await timer.async_wait(asio::as_tuple(use_task));
    }

    AnswerForm form_of(bool keep_alive, bool http_1_1, bool secure, Method method) const {
        AnswerForm form;
        form.keep_alive = keep_alive;
        form.http_1_1 = http_1_1;
        form.secure = secure;
        form.head_only = method == Method::head;
        form.content_security_policy = server_.options.content_security_policy;
        form.usual = server_.usual[secure ? 1 : 0];
        return form;
    }
    // How a request's reading ended when there is no request: nothing to say (gone, idle), or a refusal.
    struct Ended {
        std::optional<HeadFault> refusal = {};
    };

    // False: the connection is to be closed, or no longer ours.
    Task<bool> one_exchange() {
        Ended ended;
        std::optional<RequestHead> head = co_await read_request(ended);
        if (!head && !ended.refusal) co_return false;
        auto began = steady_clock::now();
        Request request = head ? std::move(head->request) : Request{};
        place(request);
        AnswerForm form = form_of(head && head->keep_alive, request.http_1_1, request.secure, request.method);
        HttpExchange told{{}, request.method, {}, {}, 0, 0, {}};
        std::string request_id = request.request_id;
        std::string address = request.address;
        Response response = head
                                ? co_await ask_within(limits_.handler_deadline, server_.tasks, server_.answer,
                                                      std::move(request), server_.options.on_failure)
                                : refuse(*ended.refusal, request);
        form.keep_alive = form.keep_alive && !server_.draining;
        bool written = co_await write(response, form);
        refused_ = response.status == 429 || response.status == 503;
        told.request_id = request_id;
        told.address = address;
        told.route = response.route;
        told.status = response.status;
        told.body_octets = body_of(response, form).size();
        told.took = since(began);
        if (server_.options.on_answer) server_.options.on_answer(told);
        if (!written) co_return false;
        if (response.take_over && !form.head_only) {
            response.take_over(std::move(transport_), std::move(buffer_));
            co_return false;
        }
        co_return form.keep_alive&& response.status != 101;
    }

    // Head and body; on nullopt `ended` says what to do, in the default language: its headers are lost.
    Task<std::optional<RequestHead>> read_request(Ended& ended) {
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

    Task<bool> read_body(RequestHead& head, Ended& ended) {
        auto until = steady_clock::now() + limits_.read_deadline;
        if (head.expects_continue && buffer_.size() < head.content_length) {
            if (!co_await transport_->write_all("HTTP/1.1 100 Continue\r\n\r\n", limits_.write_deadline))
                co_return false;
        }
        while (buffer_.size() < head.content_length)
            if (!co_await read_more(left_until(until), ended)) co_return false;
        head.request.body = buffer_.substr(0, head.content_length);
        buffer_.erase(0, head.content_length);
        if (buffer_.empty()) std::string().swap(buffer_);  // assigning would keep its memory
        co_return true;
    }

    Task<bool> read_more(milliseconds within, Ended& ended) {
        std::optional<IdleMark> mark;
        if (buffer_.empty()) {
            if (server_.draining) co_return false;
            mark.emplace(known_->idle);
        }
        auto got = co_await transport_->read_some(server_.scratch, within);
        if (got) {
            const WipedAfter wiped({server_.scratch.data(), *got});
            buffer_.append(server_.scratch.data(), *got);
            co_return true;
        }
        // An idle connection ends without a word; one that began a request is told that it was too slow.
        if (got.error() == Errc::timed_out && !mark) ended.refusal = HeadFault{408, Errc::bad_request};
        co_return false;
    }

    void place(Request& request) const {
        ClientView view =
            client_view(server_.options.proxies, peer_, transport_->secure(),
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

    Task<bool> write(const Response& response, AnswerForm form) {
        form.date = server_.date();
        std::string octets = head_of(response, form);
        std::string_view body = body_of(response, form);
        // Small answers go out in one write, the rest of large ones in pieces, each with its own deadline.
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
    std::list<typename State::Known>::iterator known_;
    std::string peer_;
    bool behind_proxy_ = false;
    IoStep wanted_ = IoStep::wants_read;
    bool refused_ = false;     // the last answer said: later
    std::string buffer_ = {};  // read and not yet used
    std::string rest_ = {};    // of an answer
    std::string client_ = {};  // behind a proxy
    steady_clock::time_point began_ = {};
};

}  // namespace

HttpServer::HttpServer(TaskGroup& tasks, HttpOptions options, Handler answer, AtOnce at_once)
    : state_(std::make_unique<State>(tasks, std::move(options), std::move(answer), std::move(at_once))) {}

HttpServer::~HttpServer() = default;

Task<void> HttpServer::serve(std::unique_ptr<Transport> transport) {
    Connection<State> connection(*state_, std::move(transport));
    co_await connection.run();
}

void HttpServer::drain() {
    state_->draining = true;
    for (const State::Known& each : state_->connections)
        if (each.idle) each.transport->stop_reading();
}

}  // namespace qrgate
