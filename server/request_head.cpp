#include "server/request_head.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <limits>
#include <stdexcept>

namespace qrgate {
namespace {

namespace http = boost::beast::http;

using Parsed = boost::system::result<RequestHead, HeadFault>;
constexpr HeadFault malformed{400, Errc::bad_request};
constexpr HeadFault body_too_large{413, Errc::too_large};
constexpr HeadFault head_too_large{431, Errc::too_large};

bool is_control(char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

Method method_of(std::string_view name) {
    if (name == "GET") return Method::get;
    if (name == "HEAD") return Method::head;
    if (name == "POST") return Method::post;
    if (name == "DELETE") return Method::del;
    if (name == "PUT") return Method::put;
    if (name == "PATCH") return Method::patch;
    if (name == "OPTIONS") return Method::options;
    return Method::other;
}

bool is_host(std::string_view host) {
    auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("-._:[]").find(c) != std::string_view::npos;
    };
    return !host.empty() && std::ranges::all_of(host, plain);
}

std::size_t count(const Request& request, std::string_view name) {
    auto of_name = [name](const auto& header) { return header.first == name; };
    return static_cast<std::size_t>(std::ranges::count_if(request.headers, of_name));
}

// Origin form only, visible ASCII, no fragment.
bool take_target(std::string_view target, Request& request) {
    auto visible = [](char c) { return c > 0x20 && c < 0x7f && c != '#'; };
    if (!target.starts_with('/') || !std::ranges::all_of(target, visible)) return false;
    std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    return true;
}

// Refuses what two readers could frame or route differently.
std::optional<HeadFault> check_framing(RequestHead& head, std::size_t body_limit) {
    const Request& request = head.request;
    if (count(request, "transfer-encoding") != 0) return malformed;
    if (count(request, "host") != 1 || !is_host(request.header("host"))) return malformed;
    if (count(request, "content-length") > 1) return malformed;
    std::string_view length = request.header("content-length");
    if (count(request, "content-length") == 1) {
        auto digit = [](char c) { return c >= '0' && c <= '9'; };
        if (length.empty() || !std::ranges::all_of(length, digit)) return malformed;
        auto [end, error] =
            std::from_chars(length.data(), length.data() + length.size(), head.content_length);
        if (error != std::errc{} || head.content_length > body_limit) return body_too_large;
    }
    std::string_view expected = request.header("expect");
    if (expected.empty()) return std::nullopt;
    if (lower_case(expected) != "100-continue") return HeadFault{417, Errc::bad_request};
    head.expects_continue = request.http_1_1;
    return std::nullopt;
}

}  // namespace

void throw_exception_from_error(const HeadFault& refusal, const boost::source_location&) {
    throw std::logic_error("unexamined refusal " + std::to_string(refusal.status));
}

HeadScanner::Outcome HeadScanner::look(std::string_view buffer, std::size_t limit) noexcept {
    for (; seen_ < buffer.size(); ++seen_) {
        if (seen_ >= limit) return Outcome::too_long;
        char c = buffer[seen_];
        bool begins_line = seen_ == line_begin_;
        bool after_cr = seen_ > 0 && buffer[seen_ - 1] == '\r';
        if (after_cr != (c == '\n')) return Outcome::malformed;  // CR and LF come together only
        if (is_control(c) && c != '\r' && c != '\n') return Outcome::malformed;
        // A line that begins with a blank is a folded one, or a request line that is none.
        if (begins_line && (c == ' ' || c == '\t')) return Outcome::malformed;
        if (c != '\n') continue;
        bool empty_line = seen_ == line_begin_ + 1;
        if (empty_line && line_begin_ == 0) return Outcome::malformed;
        line_begin_ = seen_ + 1;
        if (!empty_line) continue;
        ++seen_;
        return Outcome::complete;
    }
    return Outcome::needs_more;
}

Parsed parse_head(std::string_view head, std::size_t header_limit, std::size_t body_limit) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(header_limit, std::numeric_limits<std::uint32_t>::max())));
    parser.body_limit(body_limit);
    parser.skip(true);  // the body is read by its length, which check_framing knows
    boost::beast::error_code ec;
    std::size_t used = parser.put(boost::asio::buffer(head.data(), head.size()), ec);
    if (ec == http::error::body_limit) return body_too_large;
    if (ec == http::error::header_limit) return head_too_large;
    if (ec || !parser.is_header_done() || used != head.size()) return malformed;
    const auto& message = parser.get();
    if (message.version() != 10 && message.version() != 11) return malformed;

    RequestHead out;
    out.request.method = method_of(message.method_string());
    out.request.http_1_1 = message.version() == 11;
    out.keep_alive = parser.keep_alive();
    if (!take_target(message.target(), out.request)) return malformed;
    for (const auto& field : message)
        out.request.headers.emplace_back(lower_case(field.name_string()), std::string(field.value()));
    if (auto refusal = check_framing(out, body_limit)) return *refusal;
    return out;
}

}  // namespace qrgate
