// One keep-alive HTTP/1.1 connection to the server under test, as the simulated phones and browsers use it:
// one request at a time, connecting when needed, again after the server closed. Plain or TLS (certificates
// are not checked: it is a test server). Owned by its person, phone or load loop; the thread of its executor.
// Independent of the server's own HTTP code on purpose: a bench that shares the parser shares its faults.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/task.hpp"

namespace qrgate::bench {

namespace asio = boost::asio;

// http://host:port or https://host:port, resolved once; no path.
struct Target {
    bool tls = false;
    std::string host = {};     // as in the URL: the Host header and Origin
    std::string address = {};  // numeric
    std::uint16_t port = 0;
    std::string origin() const;  // scheme://host[:port], as a browser would write it
};
// nullopt: not such a URL, or the name has no address.
std::optional<Target> parse_target(std::string_view url);

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Call {
    std::string method = "GET";
    std::string path = "/";
    std::string body = {};
    std::string content_type = "application/json";  // sent with a body only
    Headers headers = {};                           // Host and Content-Length are added
};

struct Reply {
    int status = 0;  // 0: no answer (refused, reset, deadline)
    Headers headers = {};
    std::string body = {};
    std::string header(std::string_view name) const;  // empty: absent; names in any case
};

class HttpClient {
public:
    // `source`: the local address to bind ("127.0.0.7"); empty: the system's choice.
    HttpClient(Executor executor, Target target, std::string source = {},
               std::chrono::milliseconds deadline = std::chrono::seconds{10});
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    // A connection that the server closed while it was idle is opened again once.
    Task<Reply> send(Call call);
    // The same with the cookies that earlier answers set (name and value only, one jar a client).
    Task<Reply> browse(Call call);
    std::string cookie(std::string_view name) const;  // empty: none
    void forget_cookies();
    void close();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// One call by itself, before or beside a measurement; returns when it is answered.
Reply send_once(const Target& target, Call call);

}  // namespace qrgate::bench
