// A request and an answer as handlers see them: values without sockets, so that handlers are tested without
// any. http_connection fills the request within its limits and writes the answer; it owns both for one
// exchange.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/error.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class Transport;

enum class Method : std::uint8_t { get, head, post, del, put, patch, options, other };

struct Request {
    Method method = Method::get;
    std::string path = {};  // exactly as sent, up to the '?'; only exact matches route, so nothing is decoded
    std::string query = {};                                         // raw, after the '?'
    std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case, in order
    std::string body = {};                                          // at most 16 KiB
    std::vector<std::string> path_values = {};                      // what {…} of the route matched
    std::string address = {};     // the client's, after the trusted-proxy rule; textual IP
    bool secure = false;          // https, at the edge that the browser sees
    std::string request_id = {};  // ours, for logs and audit
    bool http_1_1 = true;         // false: HTTP/1.0, which has no upgrades

    // The first of that name (lower case); empty when absent.
    std::string_view header(std::string_view name) const noexcept;
    // The decoded value of a query key; the first wins; nullopt when absent or not well encoded.
    std::optional<std::string> query_value(std::string_view key) const;
};

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    std::string_view static_body =
        {};  // used instead of `body` when set: memory that lives as long as the program
    // Set by the router: the pattern that matched, for logs (paths hold tokens). Lives as long as the router.
    std::string_view route = {};
    // After a 101, or after a 200 whose body has no length and ends with the connection (a stream): takes the
    // connection over. The octets that came after the request's head go with it (normally none).
    std::function<void(std::unique_ptr<Transport>, std::string early_octets)> take_over = {};

    // Replaces a header of that name (any case), or adds it.
    void set(std::string name, std::string value);
    bool has(std::string_view name) const noexcept;
};

// The JSON answer of protocol/messages error_body, with its status and Retry-After (429 and 503 always have
// one).
Response error_answer(const Problem& problem, Language language);
Response error_answer(const Problem& problem, const Request& request);  // in the language of Accept-Language
Response json_answer(int status, std::string body);

using Handler = std::function<Task<Response>(Request)>;

// A request as it lies in the connection's buffer: everything is a view that is good during one call. For
// handlers that can answer without waiting for anything.
struct RequestView {
    static constexpr std::size_t header_limit = 32;

    Method method = Method::get;
    std::string_view path = {};
    std::string_view query = {};
    std::string_view body = {};
    std::string_view address = {};
    bool secure = false;
    std::array<std::pair<std::string_view, std::string_view>, header_limit> headers;  // as sent
    std::size_t header_count = 0;

    std::string_view header(std::string_view name) const noexcept;  // as Request::header
};

// Fills the answer and says true; or false, having changed nothing, and the route's handler is asked.
using AtOnce = std::function<bool(const RequestView&, Response&)>;

}  // namespace qrgate
