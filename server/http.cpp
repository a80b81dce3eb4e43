#include "server/http.hpp"

#include <algorithm>

#include "protocol/messages.hpp"

namespace qrgate {
namespace {

bool same_name(std::string_view a, std::string_view b) noexcept {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// application/x-www-form-urlencoded: + is a space.
std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        int high = hex_digit(text[i + 1]);
        int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace

std::string_view Request::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers)
        if (key == name) return value;
    return {};
}

std::string_view RequestView::header(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < header_count; ++i)
        if (headers[i].first.size() == name.size() && same_name(headers[i].first, name))
            return headers[i].second;
    return {};
}

std::optional<std::string> Request::query_value(std::string_view key) const {
    std::string_view rest = query;
    while (!rest.empty()) {
        std::size_t end = rest.find('&');
        std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        std::size_t equals = pair.find('=');
        auto name = decoded(pair.substr(0, equals));
        if (!name || *name != key) continue;
        return equals == std::string_view::npos ? std::string{} : decoded(pair.substr(equals + 1));
    }
    return std::nullopt;
}

void Response::set(std::string name, std::string value) {
    for (auto& [key, old] : headers) {
        if (!same_name(key, name)) continue;
        old = std::move(value);
        return;
    }
    headers.emplace_back(std::move(name), std::move(value));
}

bool Response::has(std::string_view name) const noexcept {
    return std::ranges::any_of(headers, [name](const auto& header) { return same_name(header.first, name); });
}

Response error_answer(const Problem& problem, Language language) {
    Response response = json_answer(info(problem.errc).status, error_body(problem, language));
    if (problem.retry_after) {
        response.set("Retry-After", std::to_string(std::max<std::int64_t>(1, problem.retry_after->count())));
    } else if (response.status == 429 || response.status == 503) {
        response.set("Retry-After", response.status == 429 ? "30" : "2");
    }
    return response;
}

Response error_answer(const Problem& problem, const Request& request) {
    return error_answer(problem, choose_language(request.header("accept-language")));
}

Response json_answer(int status, std::string body) {
    Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    response.body = std::move(body);
    return response;
}

}  // namespace qrgate
