#include "server/answer_octets.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace qrgate {
namespace {

std::string_view reason(int status) {
    switch (status) {
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "";  // a reason may be empty (RFC 9112, 4)
    }
}

bool has_no_body(int status) {
    return status < 200 || status == 204 || status == 304;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::ranges::equal(a, b, {}, lower, lower);
}

bool is_ours(std::string_view name, int status) {
    return same_name(name, "content-length") || same_name(name, "transfer-encoding") ||
           (same_name(name, "connection") && status != 101);
}

constexpr std::array<std::string_view, 6> usual_names{
    "X-Content-Type-Options",  "Referrer-Policy", "Cross-Origin-Opener-Policy",
    "Content-Security-Policy", "Cache-Control",   "Strict-Transport-Security"};

bool is_usual(std::string_view name) {
    return std::ranges::any_of(usual_names, [name](auto usual) { return same_name(name, usual); });
}

bool is_header_name(std::string_view name) {
    auto token = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    return !name.empty() && std::ranges::all_of(name, token);
}

bool is_plain(char c) {
    return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t';
}

void add(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    if (std::ranges::all_of(value, is_plain)) {
        out.append(value);
    } else {
        std::ranges::copy_if(value, std::back_inserter(out), is_plain);
    }
    out.append("\r\n");
}

void add_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

std::string_view whole_body(const Response& response) {
    return response.static_body.empty() ? std::string_view(response.body) : response.static_body;
}

// In the order of usual_names.
std::array<std::string_view, 6> usual_values(std::string_view content_security_policy, bool secure) {
    return {"nosniff",     "same-origin",
            "same-origin", content_security_policy,
            "no-store",    secure ? "max-age=31536000; includeSubDomains" : ""};
}

void add_unset(std::string& out, const Response& response, const AnswerForm& form) {
    const auto values = usual_values(form.content_security_policy, form.secure);
    for (std::size_t i = 0; i < usual_names.size(); ++i) {
        const bool wanted = i + 1 < usual_names.size() || form.secure;
        if (wanted && !response.has(usual_names[i])) add(out, usual_names[i], values[i]);
    }
}

void add_length(std::string& out, const Response& response, bool streams) {
    if (has_no_body(response.status) || streams) return;
    out.append("Content-Length: ");
    add_number(out, whole_body(response).size());
    out.append("\r\n");
}

void add_connection(std::string& out, const Response& response, const AnswerForm& form, bool streams) {
    if (streams) {
        add(out, "Connection", "close");
    } else if (response.status != 101) {
        if (!form.keep_alive) add(out, "Connection", "close");
        if (form.keep_alive && !form.http_1_1) add(out, "Connection", "keep-alive");
    }
}

}  // namespace

std::string_view body_of(const Response& response, const AnswerForm& form) noexcept {
    return form.head_only || has_no_body(response.status) ? std::string_view{} : whole_body(response);
}

std::string usual_headers(std::string_view content_security_policy, bool secure) {
    AnswerForm form;
    form.secure = secure;
    form.content_security_policy = content_security_policy;
    std::string out;
    add_unset(out, {}, form);
    return out;
}

std::string head_of(const Response& response, const AnswerForm& form) {
    std::string out;
    out.reserve(768);
    append_head(out, response, form);
    return out;
}

void append_head(std::string& out, const Response& response, const AnswerForm& form) {
    out.append("HTTP/1.1 ");
    add_number(out, static_cast<std::size_t>(response.status));
    out.append(" ").append(reason(response.status)).append("\r\n");
    bool usual = !form.usual.empty();
    bool dated = false;
    for (const auto& [name, value] : response.headers) {
        if (!is_header_name(name) || is_ours(name, response.status)) continue;
        usual = usual && !is_usual(name);
        dated = dated || same_name(name, "date");
        add(out, name, value);
    }
    // A stream has no length: it ends with its connection (RFC 9112, 6.3).
    const bool streams = response.status == 200 && response.take_over;
    add_length(out, response, streams);
    add_connection(out, response, form, streams);
    if (!form.date.empty() && !dated) add(out, "Date", form.date);
    if (usual) {
        out.append(form.usual);
    } else {
        add_unset(out, response, form);
    }
    out.append("\r\n");
}

}  // namespace qrgate
