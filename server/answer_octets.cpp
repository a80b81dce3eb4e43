#include "server/answer_octets.hpp"

#include <algorithm>

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

bool is_ours(std::string_view name, int status) {
    auto same = [name](std::string_view other) { return std::ranges::equal(name, other, {}, lower, lower); };
    return same("content-length") || same("transfer-encoding") || (same("connection") && status != 101);
}

bool is_header_name(std::string_view name) {
    auto token = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    return !name.empty() && std::ranges::all_of(name, token);
}

void add(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    for (char c : value)
        if ((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t') out += c;
    out.append("\r\n");
}

std::string_view whole_body(const Response& response) {
    return response.static_body.empty() ? std::string_view(response.body) : response.static_body;
}

}  // namespace

std::string_view body_of(const Response& response, const AnswerForm& form) noexcept {
    return form.head_only || has_no_body(response.status) ? std::string_view{} : whole_body(response);
}

std::string head_of(const Response& response, const AnswerForm& form) {
    std::string out;
    out.reserve(768);
    out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    out.append(reason(response.status)).append("\r\n");
    for (const auto& [name, value] : response.headers)
        if (is_header_name(name) && !is_ours(name, response.status)) add(out, name, value);
    // A stream has no length: it ends with its connection (RFC 9112, 6.3).
    const bool streams = response.status == 200 && response.take_over;
    if (!has_no_body(response.status) && !streams)
        add(out, "Content-Length", std::to_string(whole_body(response).size()));
    if (streams) {
        add(out, "Connection", "close");
    } else if (response.status != 101) {
        if (!form.keep_alive) add(out, "Connection", "close");
        if (form.keep_alive && !form.http_1_1) add(out, "Connection", "keep-alive");
    }
    auto unless_set = [&](std::string_view name, std::string_view value) {
        if (!response.has(name)) add(out, name, value);
    };
    if (!form.date.empty()) unless_set("Date", form.date);
    unless_set("X-Content-Type-Options", "nosniff");
    unless_set("Referrer-Policy", "same-origin");
    unless_set("Cross-Origin-Opener-Policy", "same-origin");
    unless_set("Content-Security-Policy", form.content_security_policy);
    unless_set("Cache-Control", "no-store");
    if (form.secure) unless_set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    return out.append("\r\n");
}

}  // namespace qrgate
