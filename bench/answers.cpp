#include "bench/answers.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

namespace qrgate::bench {

namespace {

boost::json::value parsed(std::string_view text) {
    boost::system::error_code failed;
    boost::json::value value = boost::json::parse(text, failed);
    return failed ? boost::json::value() : value;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The first run of exactly six digits.
std::string six_digits(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_digit(text[end]))
            ++end;
        if (end - at == 6) return std::string(text.substr(at, 6));
        at = end + 1;
    }
    return {};
}

}  // namespace

boost::json::object object_of(const Reply& reply) {
    boost::json::value value = parsed(reply.body);
    return value.is_object() ? std::move(value.get_object()) : boost::json::object();
}

std::string text_of(const boost::json::object& object, std::string_view key) {
    const boost::json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string named(std::string_view step, const Reply& reply) {
    if (reply.status == 0) return fmt::format("{}_no_answer", step);
    const boost::json::object body = object_of(reply);
    const boost::json::value* error = body.if_contains("error");
    const std::string code =
        error != nullptr && error->is_object() ? text_of(error->get_object(), "code") : std::string();
    return code.empty() ? fmt::format("{}_{}", step, reply.status)
                        : fmt::format("{}_{}_{}", step, reply.status, code);
}

std::string code_in_outbox(std::string_view body) {
    const boost::json::value value = parsed(body);
    if (!value.is_array()) return {};
    for (const boost::json::value& text : value.get_array()) {
        if (!text.is_object()) continue;
        if (std::string code = six_digits(text_of(text.get_object(), "text")); !code.empty()) return code;
    }
    return {};
}

}  // namespace qrgate::bench
