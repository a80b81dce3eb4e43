#include "server/router.hpp"

#include <algorithm>
#include <stdexcept>

#include "storage/task.hpp"

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

void Router::add(Method method, std::string pattern, Handler handler, AtOnce at_once) {
    for (const auto& route : routes_)
        if (route.method == method && route.pattern == pattern)
            throw std::logic_error("route added twice: " + pattern);
    const bool literal = pattern.find('{') == std::string::npos;
    if (!literal && at_once) throw std::logic_error("not a literal path: " + pattern);
    (literal ? literals_[pattern] : patterns_).push_back(routes_.size());
    routes_.push_back({method, std::move(pattern), std::move(handler), std::move(at_once)});
}

const Router::Route* Router::literal(Method method, std::string_view path) const noexcept {
    const auto found = literals_.find(path);
    if (found == literals_.end()) return nullptr;
    for (std::size_t place : found->second)
        if (answers(routes_[place].method, method)) return &routes_[place];
    return nullptr;
}

const Router::Route* Router::with_values(Method method, std::string_view path,
                                         std::vector<std::string>& values) const {
    const Route* found = nullptr;
    std::vector<std::string> taken;
    for (std::size_t place : patterns_) {
        const Route& route = routes_[place];
        if (!answers(route.method, method) || !matches(route.pattern, path, taken)) continue;
        if (found && taken.size() >= values.size()) continue;
        found = &route;
        values = taken;
    }
    return found;
}

std::string Router::allowed(std::string_view path) const {
    std::vector<std::string_view> names;
    const auto name = [&](const Route& route) {
        names.push_back(name_of(route.method));
        if (route.method == Method::get) names.emplace_back("HEAD");
    };
    if (const auto found = literals_.find(path); found != literals_.end())
        for (std::size_t place : found->second)
            name(routes_[place]);
    std::vector<std::string> unused;
    for (std::size_t place : patterns_)
        if (matches(routes_[place].pattern, path, unused)) name(routes_[place]);
    std::ranges::sort(names);
    auto doubled = std::ranges::unique(names);
    names.erase(doubled.begin(), doubled.end());
    std::string list;
    for (auto each : names)
        list.append(list.empty() ? "" : ", ").append(each);
    return list;
}

Task<Response> Router::dispatch(Request request) const {
    // A literal pattern goes before one with a value, whatever the order of add: /demo/captcha/new and
    // /demo/captcha/{id}.
    const Route* found = literal(request.method, request.path);
    if (!found) found = with_values(request.method, request.path, request.path_values);
    if (found) {
        Response response = co_await found->handler(std::move(request));
        response.route = found->pattern;
        co_return response;
    }
    std::string methods = allowed(request.path);
    if (methods.empty()) co_return error_answer(Errc::not_found, request);
    Response response = error_answer(Errc::method_not_allowed, request);
    response.set("Allow", std::move(methods));
    co_return response;
}

bool Router::answer_at_once(const RequestView& request, Response& response) const {
    const Route* found = literal(request.method, request.path);
    if (!found || !found->at_once || !found->at_once(request, response)) return false;
    response.route = found->pattern;
    return true;
}

}  // namespace qrgate
