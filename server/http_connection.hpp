// HTTP/1.1 on one connection after another: reads requests within limits, asks the handler, writes the
// answers. HttpServer is owned by App (before the TaskGroup); serve() is one coroutine per connection. I/O
// thread. One request at a time; pipelined ones wait in the buffer. Any request that is not plainly
// well-formed is refused and the connection closed, so that nobody in front of us can read it otherwise than
// we do: any Transfer-Encoding, Host other than exactly one, folded lines, control characters, bare LF, two
// Content-Length, absolute-form targets. Every answer carries the security headers, errors too. A handler
// that throws is a 500, one that is late a 503.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/time.hpp"
#include "server/client_address.hpp"
#include "server/http.hpp"
#include "server/task_group.hpp"
#include "server/transport.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct HttpLimits {
    std::size_t header_limit = 8192;
    std::size_t body_limit = 16384;
    std::chrono::milliseconds handshake_deadline{10'000};
    std::chrono::milliseconds read_deadline{10'000};   // one head, and one body, each from its beginning
    std::chrono::milliseconds idle_deadline{60'000};   // before a request's first octet
    std::chrono::milliseconds write_deadline{10'000};  // for each 64 KiB of an answer
    std::chrono::milliseconds handler_deadline{15'000};
    std::chrono::milliseconds close_deadline{2000};  // polite end
    // After a refusal for want of time or tries (429, 503) the connection's next request is read about this
    // much later, a quarter less to a quarter more: whoever asks again at once must not take the time of the
    // others.
    std::chrono::milliseconds rest{27};
};

// What was answered, for logs and metrics. No path: paths hold tokens. `route` is the pattern, empty when
// none matched.
struct HttpExchange {
    std::string_view request_id;
    Method method = Method::other;
    std::string_view route;
    std::string_view address;
    int status = 0;
    std::size_t body_octets = 0;
    std::chrono::microseconds took{0};
};

struct HttpOptions {
    HttpLimits limits = {};
    TrustedProxies proxies = {};
    // Where the handler sets none. No inline script, no foreign source, no frame around us.
    std::string content_security_policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'";
    std::function<std::string()> new_request_id = {};  // must be set
    // For the Date header (pages count down by it, on the server's clock); none: no header.
    std::function<WallTime()> now = {};
    std::function<void(const HttpExchange&)> on_answer = {};
    // A handler threw (a bug): its request id and what it said.
    std::function<void(std::string_view request_id, std::string_view what)> on_failure = {};
};

class HttpServer {
public:
    // `answer` is normally the router's dispatch. Handlers run in `tasks`, so that a late one can be left
    // behind.
    // `at_once` is normally the router's answer_at_once: asked first, for requests that lie there in one
    // piece.
    HttpServer(TaskGroup& tasks, HttpOptions options, Handler answer, AtOnce at_once = {});
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    // Until the peer leaves, a limit ends it, or a handler's take_over has it.
    Task<void> serve(std::unique_ptr<Transport> transport);
    // No more requests: idle connections end now, the others after the answer they are at.
    void drain();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
