// Which handler answers which path: a table of exact patterns. Filled at start by App, then constant. I/O
// thread. A pattern is literal but for one {name} a segment, which takes one or more of [0-9A-Za-z_.~-]
// ("/captcha/{id}.wav"). Nothing is decoded and nothing is normalised: "..", "//", "%2e" are paths that
// nobody has, so not found. HEAD goes to the GET handler; http_connection leaves the body out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/http.hpp"

namespace qrgate {

std::string_view name_of(Method method) noexcept;

class Router {
public:
    struct Route {
        Method method = Method::get;
        std::string pattern = {};
        Handler handler = {};
    };

    // The same method and pattern twice is a bug of App: throws std::logic_error.
    void add(Method method, std::string pattern, Handler handler);

    // The answer of the route's handler, with Response::route set; else 404 not_found, or 405
    // method_not_allowed with Allow. The router outlives the coroutine.
    asio::awaitable<Response> dispatch(Request request) const;

    // Every route, in the order of add: what the documentation is compared with.
    const std::vector<Route>& routes() const noexcept { return routes_; }

private:
    std::vector<Route> routes_;
};

// Whether the path is of the pattern, and what {…} took.
bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& values);

}  // namespace qrgate
