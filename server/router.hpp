// Which handler answers which path: a table of exact patterns. Filled at start by App, then constant. I/O
// thread. A pattern is literal but for one {name} a segment, which takes one or more of [0-9A-Za-z_.~-]
// ("/captcha/{id}.wav"). Nothing is decoded and nothing is normalised: "..", "//", "%2e" are paths that
// nobody has, so not found. HEAD goes to the GET handler; http_connection leaves the body out.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/http.hpp"
#include "storage/task.hpp"

namespace qrgate {

std::string_view name_of(Method method) noexcept;

class Router {
public:
    struct Route {
        Method method = Method::get;
        std::string pattern = {};
        Handler handler = {};
        AtOnce at_once = {};  // may be none
    };

    // The same method and pattern twice is a bug of App: throws std::logic_error.
    void add(Method method, std::string pattern, Handler handler, AtOnce at_once = {});

    // The answer of the route's handler, with Response::route set; else 404 not_found, or 405
    // method_not_allowed with Allow. The router outlives the coroutine.
    Task<Response> dispatch(Request request) const;

    // Whether a literal route's AtOnce gave the answer (then with its `route`).
    bool answer_at_once(const RequestView& request, Response& response) const;

    // Every route, in the order of add: what the documentation is compared with.
    const std::vector<Route>& routes() const noexcept { return routes_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    using Places = std::vector<std::size_t>;  // in routes_
    const Route* literal(Method method, std::string_view path) const noexcept;
    const Route* with_values(Method method, std::string_view path, std::vector<std::string>& values) const;
    std::string allowed(std::string_view path) const;

    std::vector<Route> routes_;
    std::unordered_map<std::string, Places, Hash, std::equal_to<>> literals_;  // the routes of each path
    Places patterns_;                                                          // those with a {name}
};

// Whether the path is of the pattern, and what {…} took.
bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& values);

}  // namespace qrgate
