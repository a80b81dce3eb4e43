// A request and an answer as handlers see them: values without sockets, so that handlers are tested without any.
// http_connection fills the request within its limits and writes the answer; it owns both for one exchange.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qrgate {

namespace asio = boost::asio;
class Transport;

enum class Method : std::uint8_t { get, head, post, del, put, patch, options, other };

struct Request {
    Method method = Method::get;
    std::string path = {};   // exactly as sent, up to the '?'; only exact matches route, so nothing is decoded
    std::string query = {};  // raw, after the '?'
    std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case, in order
    std::string body = {};                                          // at most 16 KiB
    std::vector<std::string> path_values = {};                      // what {…} of the route matched
    std::string address = {};    // the client's, after the trusted-proxy rule; textual IP
    bool secure = false;         // https, at the edge that the browser sees
    std::string request_id = {};  // ours, for logs and audit

    // The first of that name (lower case); empty when absent.
    std::string_view header(std::string_view name) const noexcept;
    // The decoded value of a query key; the first wins; nullopt when absent or not well encoded.
    std::optional<std::string> query_value(std::string_view key) const;
};

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    std::string_view static_body = {};  // used instead of `body` when set: memory that lives as long as the program
    // After a 101: takes the connection over. The octets that came after the request's head go with it (normally none).
    std::function<void(std::unique_ptr<Transport>, std::string early_octets)> take_over = {};

    void set(std::string name, std::string value);
};

using Handler = std::function<asio::awaitable<Response>(Request)>;

}  // namespace qrgate
