// A real listener with a few handlers on 127.0.0.1, port 0, on its own thread; tests talk to it over blocking
// sockets. Everything of the server is touched on that thread only, also by the tests (`on_server`).
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <functional>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "server/http_connection.hpp"
#include "server/listener.hpp"
#include "server/router.hpp"
#include "server/tls_context.hpp"
#include "server/waiting_room.hpp"
#include "server/websocket_upgrade.hpp"
#include "storage/task.hpp"

namespace qrgate::testing_server {

using namespace std::chrono_literals;

class SeededRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override {
        for (auto& octet : out)
            octet = static_cast<std::uint8_t>(engine_());
    }

private:
    std::mt19937 engine_{7};
};

inline Task<Response> echo(Request request) {
    if (request.query.starts_with("busy")) co_return error_answer(Errc::busy, request);
    co_return json_answer(200, request.body + "|" + request.address + "|" + (request.secure ? "s" : "-"));
}
inline Task<Response> never(Request) {
    asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await timer.async_wait(use_task);
    co_return Response{};
}
inline Task<Response> fail(Request) {
    throw std::runtime_error("a bug");
    co_return Response{};
}

inline const std::string& large_text() {
    static const std::string text(1'000'000, 'L');
    return text;
}
inline Task<Response> large(Request) {
    Response response = json_answer(200, "");
    response.static_body = large_text();
    co_return response;
}

inline bool now(const RequestView& request, Response& response) {
    if (request.query.ends_with("later")) return false;
    if (request.query == "fail") throw std::runtime_error("a bug at once");
    if (request.query == "busy" || request.query == "too_many") {
        response = error_answer(request.query == "busy" ? Errc::busy : Errc::too_many, Language::zh);
        return true;
    }
    response = json_answer(200, std::string(request.body) + "|" + std::string(request.address) + "|" +
                                    (request.secure ? "s" : "-"));
    if (request.query == "large") response.static_body = large_text();
    return true;
}

class Server {
public:
    explicit Server(HttpLimits limits = {}, ListenerLimits listener_limits = {},
                    const TlsContext* tls = nullptr)
        : room_(io_.get_executor(), clock_, random_, ring(), "https://login.example", {}),
          http_(
              tasks_, options(limits),
              [this](Request request) { return router_.dispatch(std::move(request)); },
              [this](const RequestView& request, Response& response) {
                  return router_.answer_at_once(request, response);
              }),
          listener_(
              io_.get_executor(), tasks_, listener_limits, tls,
              [this](std::unique_ptr<Transport> transport) { return http_.serve(std::move(transport)); },
              {}) {
        std::signal(SIGPIPE, SIG_IGN);  // as main does
        router_.add(Method::get, "/echo", echo);
        router_.add(Method::post, "/echo", echo);
        router_.add(Method::get, "/now", echo, now);
        router_.add(Method::post, "/now", echo, now);
        router_.add(Method::get, "/never", never);
        router_.add(Method::get, "/fail", fail);
        router_.add(Method::get, "/large", large);
        router_.add(Method::get, "/ws/qr", [this](Request request) { return upgrade(std::move(request)); });
        listener_.open("127.0.0.1", 0);
        port_ = listener_.port();
        listener_.start();
        thread_ = std::thread([this] { io_.run(); });
    }

    ~Server() {
        asio::post(io_, [this] {
            listener_.stop();
            http_.drain();
            room_.stop();
            tasks_.cancel();
        });
        thread_.join();  // io_.run() returns because no work is left
    }

    std::uint16_t port() const { return port_; }

    template <class F>
    auto on_server(F work) {
        std::packaged_task<decltype(work())()> task(std::move(work));
        auto result = task.get_future();
        asio::post(io_, [&task] { task(); });
        return result.get();
    }

    WaitingRoom& room() { return room_; }
    MovableClock& clock() { return clock_; }
    HttpServer& http() { return http_; }
    TaskGroup& tasks() { return tasks_; }
    Listener& listener() { return listener_; }
    std::vector<int> statuses() {
        return on_server([this] { return statuses_; });
    }
    std::vector<std::string> failures() {
        return on_server([this] { return failures_; });
    }

private:
    static TokenRing ring() {
        TokenRing ring;
        ring.current = {'1', sha256(as_bytes("key"))};
        return ring;
    }

    HttpOptions options(HttpLimits limits) {
        HttpOptions out;
        out.limits = limits;
        out.proxies.add("127.0.0.0/8");
        out.new_request_id = [this] { return "r" + std::to_string(++requests_); };
        out.on_answer = [this](const HttpExchange& exchange) { statuses_.push_back(exchange.status); };
        out.on_failure = [this](std::string_view id, std::string_view what) {
            failures_.push_back(std::string(id) + " " + std::string(what));
        };
        return out;
    }

    Task<Response> upgrade(Request request) {
        auto answer = websocket_upgrade(request);
        if (!answer) co_return error_answer(answer.error(), request);
        Visitor visitor;
        visitor.pre_session_hash = sha256(as_bytes(request.query));
        visitor.browser.address = request.address;
        answer->take_over = [this, visitor](std::unique_ptr<Transport> transport, std::string) {
            room_.seat(std::move(transport), visitor, {});
        };
        co_return *answer;
    }

    asio::io_context io_;
    MovableClock clock_{WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}}};
    SeededRandom random_;
    WaitingRoom room_;
    Router router_;
    std::vector<int> statuses_;
    std::vector<std::string> failures_;
    int requests_ = 0;
    TaskGroup tasks_{io_.get_executor(), [this](std::string_view task, std::string_view what) {
                         failures_.push_back(std::string(task) + " " + std::string(what));
                     }};
    HttpServer http_;
    Listener listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

// A raw client: sends what it is told and reads what comes.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        timeval limit{10, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { ::close(fd_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool connected() const { return connected_; }
    void send(std::string_view octets) { ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL); }

    // Everything until the server closes; `timed_out` when it does not.
    std::string read_to_end() {
        std::string all;
        char octets[4096];
        for (;;) {
            ssize_t got = ::recv(fd_, octets, sizeof octets, 0);
            if (got < 0 && errno == EAGAIN) return all + "[timed out]";
            if (got <= 0) return all;
            all.append(octets, static_cast<std::size_t>(got));
        }
    }

    // Whether anything came that was not read yet.
    bool has_octets() const {
        char octet;
        return ::recv(fd_, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    }

    // One answer with Content-Length; the connection stays.
    std::string read_answer() {
        std::string all;
        char c;
        while (!all.ends_with("\r\n\r\n") && ::recv(fd_, &c, 1, 0) == 1)
            all += c;
        std::size_t at = all.find("Content-Length: ");
        if (at == std::string::npos) return all;
        std::size_t left = std::stoul(all.substr(at + 16));
        std::string body(left, '\0');
        if (left > 0 && ::recv(fd_, body.data(), left, MSG_WAITALL) != static_cast<ssize_t>(left))
            return all + "[cut]";
        return all + body;
    }

private:
    int fd_;
    bool connected_ = false;
};

}  // namespace qrgate::testing_server
