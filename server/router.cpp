#include "server/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace qrgate {
namespace {

std::string_view next_segment(std::string_view& rest) {
    std::size_t slash = rest.find('/');
    std::string_view segment = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
    return segment;
}

bool is_value(std::string_view text) {
    auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
               c == '.' || c == '~' || c == '-';
    };
    return !text.empty() && text != "." && text != ".." && std::ranges::all_of(text, plain);
}

bool segment_matches(std::string_view pattern, std::string_view segment, std::vector<std::string>& values) {
    std::size_t open = pattern.find('{');
    if (open == std::string_view::npos) return pattern == segment;
    std::string_view before = pattern.substr(0, open);
    std::string_view after = pattern.substr(pattern.find('}') + 1);
    if (segment.size() < before.size() + after.size()) return false;
    if (!segment.starts_with(before) || !segment.ends_with(after)) return false;
    std::string_view value = segment.substr(before.size(), segment.size() - before.size() - after.size());
    if (!is_value(value)) return false;
    values.emplace_back(value);
    return true;
}

bool answers(Method route, Method asked) {
    return route == asked || (route == Method::get && asked == Method::head);
}

std::string allowed(const std::vector<Router::Route>& routes, std::string_view path) {
    std::vector<std::string_view> names;
    std::vector<std::string> unused;
    for (const auto& route : routes) {
        if (!matches(route.pattern, path, unused)) continue;
        names.push_back(name_of(route.method));
        if (route.method == Method::get) names.push_back("HEAD");
    }
    std::ranges::sort(names);
    auto doubled = std::ranges::unique(names);
    names.erase(doubled.begin(), doubled.end());
    std::string list;
    for (auto name : names)
        list.append(list.empty() ? "" : ", ").append(name);
    return list;
}

}  // namespace

std::string_view name_of(Method method) noexcept {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::del:
            return "DELETE";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::options:
            return "OPTIONS";
        case Method::other:
            break;
    }
    return "OTHER";
}

bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& values) {
    values.clear();
    while (pattern.starts_with('/') && path.starts_with('/')) {
        pattern.remove_prefix(1);
        path.remove_prefix(1);
        if (!segment_matches(next_segment(pattern), next_segment(path), values)) return false;
    }
    return pattern.empty() && path.empty();
}

void Router::add(Method method, std::string pattern, Handler handler) {
    for (const auto& route : routes_)
        if (route.method == method && route.pattern == pattern)
            throw std::logic_error("route added twice: " + pattern);
    routes_.push_back({method, std::move(pattern), std::move(handler)});
}

asio::awaitable<Response> Router::dispatch(Request request) const {
    // A literal pattern goes before one with a value, whatever the order of add: /demo/captcha/new and
    // /demo/captcha/{id}.
    const Route* found = nullptr;
    std::vector<std::string> values;
    for (const auto& route : routes_) {
        if (!answers(route.method, request.method) || !matches(route.pattern, request.path, values)) continue;
        if (!found || values.size() < request.path_values.size()) {
            found = &route;
            request.path_values = values;
        }
        if (values.empty()) break;
    }
    if (found) {
        Response response = co_await found->handler(std::move(request));
        response.route = found->pattern;
        co_return response;
    }
    std::string methods = allowed(routes_, request.path);
    if (methods.empty()) co_return error_answer(Errc::not_found, request);
    Response response = error_answer(Errc::method_not_allowed, request);
    response.set("Allow", std::move(methods));
    co_return response;
}

}  // namespace qrgate
